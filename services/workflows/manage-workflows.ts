// Drafts and published versions. Typed CRUD through Prisma; publishing raises the workspace's configuration revision in the
// same transaction, so that the first event after it is routed by it.
import type { PrismaClient } from '#platform/postgres/prisma.ts'
import { appendAudit, type AuditRecord } from '#services/audit/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import { decodeCursor, toPage, type Page } from '#shared/contracts/page.ts'
import type {
  Preview,
  PreviewInput,
  PublishedWorkflowView,
  WorkflowInput,
  WorkflowPublish,
  WorkflowPut,
  WorkflowView,
} from '#shared/contracts/workflow.ts'
import { Fault } from '#shared/fault.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import type { Renderer } from './create-renderer.ts'
import { draftChange } from './draft-change.rules.ts'
import type { RenderItem } from './rendering.ts'

export interface Workflows {
  /** Creates or changes the draft. Faults: invalid (templates), conflict (not the version that was expected). */
  put(workspaceId: string, actor: Actor, key: string, input: WorkflowPut): Promise<{ workflow: WorkflowView; created: boolean }>
  get(workspaceId: string, key: string): Promise<WorkflowView>
  list(
    workspaceId: string,
    query: { limit: number; cursor?: string | undefined; eventType?: string | undefined },
  ): Promise<Page<WorkflowView>>
  /** What was published stays in what was sent. */
  remove(workspaceId: string, actor: Actor, key: string, reason?: string): Promise<void>
  /** Makes the draft the version that events are routed by. Faults: conflict (not the version that was expected). */
  publish(workspaceId: string, actor: Actor, key: string, input: WorkflowPublish): Promise<WorkflowView>
  /** Faults: conflict (not published). */
  published(workspaceId: string, key: string): Promise<PublishedWorkflowView>
  /** Nothing is sent, nothing is stored. Faults: conflict (not published). */
  preview(workspaceId: string, key: string, input: PreviewInput): Promise<Preview>
}

interface Row {
  id: string
  key: string
  draft: unknown
  draftVersion: number
  publishedVersion: number | null
  createdAt: Date
  updatedAt: Date
}

function viewOf(row: Row): WorkflowView {
  // Checked when it was put; what is stored stays readable when the rules grow stricter.
  const { name, eventType, critical, email, steps } = row.draft as WorkflowInput
  return {
    key: row.key,
    name,
    eventType,
    critical: critical ?? false,
    email: email ?? {},
    steps,
    draftVersion: row.draftVersion,
    publishedVersion: row.publishedVersion,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** Throws Fault 'invalid' with the path and line of each template that cannot be read. */
async function checkTemplates(renderer: Renderer, input: WorkflowInput): Promise<void> {
  const problems = await renderer.check(input.steps.map(({ channel, template }) => ({ channel, template })))
  if (problems.length === 0) return
  const errors = problems.map((problem) => ({
    path: `/steps/${problem.index}/template/${problem.field}`,
    message: `line ${problem.line}: ${problem.message}`,
  }))
  throw new Fault('invalid', 'A template cannot be read', { errors })
}

export function createWorkflows(deps: { prisma: () => Promise<PrismaClient>; renderer: () => Renderer }): Workflows {
  async function existing(workspaceId: string, key: string): Promise<Row> {
    const row = await (await deps.prisma()).workflow.findUnique({ where: { workspaceId_key: { workspaceId, key } } })
    if (!row) throw unknownWorkflow(key)
    return row
  }

  /** Throws Fault 'conflict' where there is none. */
  async function publishedVersion(row: Row) {
    if (row.publishedVersion === null) throw new Fault('conflict', `Workflow ${row.key} has not been published`)
    return (await deps.prisma()).workflowVersion.findUniqueOrThrow({
      where: { workflowId_version: { workflowId: row.id, version: row.publishedVersion } },
    })
  }

  return {
    async put(workspaceId, actor, key, { expectedDraftVersion: expected, reason, ...input }) {
      await checkTemplates(deps.renderer(), input)
      return (await deps.prisma()).$transaction(async (tx) => {
        const record = { workspaceId, actor, action: 'workflow.save', subjectId: key, reason: reason ?? null }
        // Not "is there one?" first: two first PUTs at the same time must not fail each other.
        const { count } = expected
          ? { count: 0 }
          : await tx.workflow.createMany({ data: [{ id: newUuid(), workspaceId, key, draft: input }], skipDuplicates: true })
        const known = await lockedWorkflow(tx, workspaceId, key)
        if (count === 1) {
          await audit(tx, { ...record, details: { after: { name: input.name, eventType: input.eventType, draftVersion: 1 } } })
          return { workflow: viewOf(known!), created: true }
        }
        expectVersion(known, expected)
        const row = await tx.workflow.update({
          where: { id: known!.id },
          data: { draft: input, draftVersion: { increment: 1 }, updatedAt: new Date() },
        })
        await audit(tx, { ...record, details: draftChange(known!, row) })
        return { workflow: viewOf(row), created: false }
      })
    },
    async get(workspaceId, key) {
      return viewOf(await existing(workspaceId, key))
    },
    async list(workspaceId, query) {
      const after = query.cursor === undefined ? null : decodeCursor(query.cursor)
      if (query.cursor !== undefined && after === null) {
        throw new Fault('invalid', 'The query is not valid.', {
          errors: [{ path: 'cursor', message: 'is not a cursor that this API gave out' }],
        })
      }
      const rows = await (
        await deps.prisma()
      ).workflow.findMany({
        where: {
          workspaceId,
          ...(after === null ? {} : { key: { gt: after } }),
          ...(query.eventType === undefined ? {} : { draft: { path: ['eventType'], equals: query.eventType } }),
        },
        orderBy: { key: 'asc' },
        take: query.limit + 1,
      })
      const page = toPage(rows as Row[], query.limit, (last) => last.key)
      return { items: page.items.map(viewOf), nextCursor: page.nextCursor }
    },
    async remove(workspaceId, actor, key, reason) {
      await (
        await deps.prisma()
      ).$transaction(async (tx) => {
        const row = await tx.workflow.findUnique({ where: { workspaceId_key: { workspaceId, key } } })
        const { count } = await tx.workflow.deleteMany({ where: { workspaceId, key } })
        if (!row || count === 0) throw unknownWorkflow(key)
        await tx.workspace.update({ where: { id: workspaceId }, data: { configRevision: { increment: 1 } } })
        const before = { name: viewOf(row).name, draftVersion: row.draftVersion, publishedVersion: row.publishedVersion }
        await audit(tx, { workspaceId, actor, action: 'workflow.delete', subjectId: key, reason: reason ?? null, details: { before } })
      })
    },
    async publish(workspaceId, actor, key, { expectedDraftVersion, reason }) {
      return (await deps.prisma()).$transaction(async (tx) => {
        const draft = await lockedWorkflow(tx, workspaceId, key)
        if (!draft) throw unknownWorkflow(key)
        expectVersion(draft, expectedDraftVersion)
        if (draft.publishedVersion === draft.draftVersion) return viewOf(draft)
        await tx.workflowVersion.create({ data: { workflowId: draft.id, version: draft.draftVersion, definition: draft.draft as object } })
        const published = await tx.workflow.update({
          where: { id: draft.id },
          data: { publishedVersion: draft.draftVersion, updatedAt: new Date() },
        })
        await tx.workspace.update({ where: { id: workspaceId }, data: { configRevision: { increment: 1 } } })
        const details = { before: { publishedVersion: draft.publishedVersion }, after: { publishedVersion: draft.draftVersion } }
        await audit(tx, { workspaceId, actor, action: 'workflow.publish', subjectId: key, reason: reason ?? null, details })
        return viewOf(published)
      })
    },
    async published(workspaceId, key) {
      const row = await existing(workspaceId, key)
      const { version, definition, publishedAt } = await publishedVersion(row)
      const { name, eventType, critical, email, steps } = viewOf({ ...row, draft: definition })
      return { key, name, eventType, critical, email, steps, version, publishedAt: publishedAt.toISOString() }
    },
    async preview(workspaceId, key, input) {
      const row = await existing(workspaceId, key)
      const { version, definition: stored } =
        input.version === 'published' ? await publishedVersion(row) : { version: row.draftVersion, definition: row.draft }
      const definition = { ...(stored as WorkflowInput), ...(input.steps ? { steps: input.steps } : {}) }
      if (input.steps) await checkTemplates(deps.renderer(), definition)
      const workspace = await (
        await deps.prisma()
      ).workspace.findUniqueOrThrow({ where: { id: workspaceId }, select: { key: true, name: true } })
      const context = {
        event: { id: publicId('event', newUuid()), type: definition.eventType, acceptedAt: new Date().toISOString() },
        data: input.data,
        recipient: { id: 'preview', email: null, phone: null, locale: null, timeZone: null, attributes: {}, ...input.recipient },
        workspace,
      }
      const items = definition.steps.map(
        (step) => ({ workflowKey: key, version, stepId: step.id, channel: step.channel, template: step.template, context }) as RenderItem,
      )
      const results = await deps.renderer().renderBatch(items)
      return {
        version,
        steps: definition.steps.map((step, i) => {
          const result = results[i]!
          return result.ok
            ? { id: step.id, channel: step.channel, content: result.content, error: null }
            : { id: step.id, channel: step.channel, content: null, error: { code: result.error.code, message: result.error.message } }
        }),
      }
    },
  }
}

type Transaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]

/** Nobody else changes or publishes it before the transaction ends. */
async function lockedWorkflow(tx: Transaction, workspaceId: string, key: string): Promise<Row | null> {
  await tx.$queryRaw`SELECT 1 FROM workflow WHERE workspace_id = ${workspaceId}::uuid AND key = ${key} FOR UPDATE`
  return tx.workflow.findUnique({ where: { workspaceId_key: { workspaceId, key } } })
}

/** Throws Fault 'conflict' when somebody else was here. */
function expectVersion(row: Row | null, expected: number | undefined): void {
  if (expected === undefined || expected === row?.draftVersion) return
  throw new Fault('conflict', row ? `The draft is version ${row.draftVersion} now, not ${expected}.` : 'The workflow was deleted.')
}

/** In Prisma's transaction. */
function audit(tx: Pick<PrismaClient, '$executeRawUnsafe'>, record: Omit<AuditRecord, 'subjectKind'>): Promise<void> {
  const writer = { query: (text: string, values: unknown[]) => tx.$executeRawUnsafe(text, ...values) }
  return appendAudit(writer, { ...record, subjectKind: 'workflow' })
}

function unknownWorkflow(key: string): Fault {
  return new Fault('not-found', `There is no workflow ${key}.`)
}
