// Mail, and inbox messages that the fan-out did not write itself. Mail cannot be told apart by its receiver, so an attempt
// is opened only for a mail that leaves now, and one that somebody left open is never sent again: it is maybe-sent.
import { failPoint } from '#platform/lifecycle/fail-points.ts'
import { isStoreUnavailable } from '#platform/object-store/index.ts'
import { retrySerialization, transaction } from '#platform/postgres/index.ts'
import { publicId } from '#shared/ids.ts'
import type { RowRef } from '#shared/jobs/queues.ts'
import { FileGone, type FileHandout, type FileToSend } from '../attachments/index.ts'
import type { EmailSender, SendOutcome } from '../channels/index.ts'
import type { Renderer } from '../workflows/index.ts'
import type { DeliveryRuntime } from './delivery-runtime.ts'
import { noteWaiting, type StartedDelivery } from './delivery.repository.ts'
import { readRecipientForRender, storeInboxMessage, storeRendered } from './message.repository.ts'

export interface MessageDeps {
  runtime: DeliveryRuntime
  email: EmailSender
  renderer: Renderer
  files: FileHandout
  publishInbox: (items: { workspaceId: string; recipientId: string; sequence: number }[]) => void
  /** Mails on their way at the same time. */
  concurrency: number
}

type Content = { from?: string | null; replyTo?: string | null; subject: string; html?: string | null; text?: string | null } & {
  title?: string
  body?: string
  url?: string | null
}

export function createMessageDeliverer(deps: MessageDeps): {
  handleEmail(refs: RowRef[]): Promise<void>
  handleInApp(refs: RowRef[]): Promise<void>
  /** From the next mail on; mails whose chunk is in hand always go on, one at a time at least. */
  setMailConcurrency(concurrency: number): void
  mailsInFlight(): number
} {
  const { runtime } = deps
  const { hot, routing, log } = runtime.deps
  const slots = createSlots(deps.concurrency)
  let storeDownSince: number | undefined

  async function handleEmail(refs: RowRef[]): Promise<void> {
    const rows = await runtime.start(refs)
    await Promise.all(
      rows.map(async (row) => {
        if (row.state === 'sending')
          return runtime
            .end(row, 'maybe-sent', 'The process that sent this mail ended before it could note the answer')
            .catch((error: unknown) => runtime.giveBackFailed(row, error))
        if (await holdIfHeld(row)) return
        const leave = await slots.enter()
        try {
          await attempt(row, async () => {
            const content = await contentOf(row)
            if (!content) return null
            if (!row.address)
              return {
                outcome: 'give-up',
                statusCode: null,
                errorCode: 'no-address',
                error: 'The recipient has no email address',
                where: 'email.address',
              }
            const mail = { deliveryId: row.id, workspaceId: row.workspaceId, to: row.address, ...content }
            if (row.attachments === null) return mail
            const files = await filesOf(row, JSON.parse(row.attachments) as string[])
            return files && 'outcome' in files ? files : files && { ...mail, files }
          })
        } finally {
          leave()
        }
      }),
    )
  }

  /** True when its provider is held: the row waits, or was given back. */
  async function holdIfHeld(row: StartedDelivery): Promise<boolean> {
    try {
      const why = (await routing.get(row.workspaceId, row.configRevision)).holds.get(row.channel)
      if (why === undefined) return false
      await runtime.end(row, 'held', why)
    } catch (error) {
      await runtime.giveBackFailed(row, error)
    }
    return true
  }

  type Prepared =
    | SendOutcome
    | null
    | {
        deliveryId: string
        workspaceId: string
        to: string
        subject: string
        from?: string | null
        replyTo?: string | null
        html?: string | null
        text?: string | null
        files?: FileToSend[]
      }

  /** Its files, looked at before the attempt begins. Null = the store does not answer: the delivery waits, untried, and says why. */
  async function filesOf(row: StartedDelivery, attachments: string[]): Promise<FileToSend[] | SendOutcome | null> {
    try {
      const files = await deps.files.files(row.workspaceId, attachments)
      storeDownSince = undefined
      return files
    } catch (error) {
      if (error instanceof FileGone)
        return { outcome: 'give-up', statusCode: null, errorCode: 'attachment-gone', error: error.message, where: 'email.attachments' }
      if (!isStoreUnavailable(error)) throw error
      if (storeDownSince === undefined) log.warn({ error: (error as Error).message }, 'the object store is away: mail with files waits')
      storeDownSince ??= Date.now()
      const delayMs = Math.min(30_000, Math.max(2_000, (Date.now() - storeDownSince) / 4)) * (0.8 + Math.random() * 0.4)
      await noteWaiting(hot, row.workspaceId, row.id, 'waits for the object store', delayMs)
      await runtime.postpone(row, delayMs)
      return null
    }
  }

  async function attempt(row: StartedDelivery, prepare: () => Promise<Prepared>): Promise<void> {
    try {
      const prepared = await prepare()
      if (prepared === null) return
      const opened = await runtime.open(row)
      if (!opened) return
      const startedAt = performance.now()
      const outcome = 'outcome' in prepared ? prepared : await deps.email.send(prepared)
      failPoint?.('after-mail')
      await runtime.finish({
        id: row.id,
        workspaceId: row.workspaceId,
        eventId: row.eventId,
        channel: 'email',
        version: opened.version,
        tries: opened.tries,
        durationMs: performance.now() - startedAt,
        outcome,
      })
    } catch (error) {
      await runtime.giveBackFailed(row, error)
    }
  }

  async function handleInApp(refs: RowRef[]): Promise<void> {
    const rows = await runtime.start(refs)
    for (const row of rows) {
      if (await holdIfHeld(row)) continue
      try {
        const content = await contentOf(row)
        if (!content) continue
        const opened = await runtime.open(row)
        if (!opened) continue
        const startedAt = performance.now()
        // The message is unique per notification: writing it again is told apart by the row itself.
        const sequence = await retrySerialization(() =>
          transaction(hot, (client) => storeInboxMessage(client, row.workspaceId, row.notificationId!, row.recipientId)),
        )
        await runtime.finish({
          id: row.id,
          workspaceId: row.workspaceId,
          eventId: row.eventId,
          channel: 'in-app',
          version: opened.version,
          tries: opened.tries,
          durationMs: performance.now() - startedAt,
          outcome: { outcome: 'delivered', statusCode: null },
        })
        deps.publishInbox([{ workspaceId: row.workspaceId, recipientId: row.recipientId, sequence }])
      } catch (error) {
        await runtime.giveBackFailed(row, error)
      }
    }
  }

  /** The rendered content; rendered now, by the version published now, when an earlier rendering failed. Null = it ended dead. */
  async function contentOf(row: StartedDelivery): Promise<Content | null> {
    if (row.override) return JSON.parse(row.override) as Content
    if (row.content && row.content !== 'null') return JSON.parse(row.content) as Content
    const route = await routing.get(row.workspaceId, row.configRevision)
    const workflow = route.workflowsByKey.get(row.workflowKey ?? '')
    const step = workflow?.steps.find((candidate) => candidate.id === row.stepId)
    if (!workflow || !step) {
      const error = `Workflow ${row.workflowKey} has no published step ${row.stepId} any more`
      await runtime.end(row, 'dead', error, { kind: 'pipeline-fault', errorCode: 'workflow-missing', error, where: 'delivery.render' })
      return null
    }
    const recipient = await readRecipientForRender(hot, row.workspaceId, row.recipientId)
    const [result] = await deps.renderer.renderBatch([
      {
        workflowKey: workflow.key,
        version: workflow.version,
        stepId: step.id,
        ...step,
        context: {
          event: { id: publicId('event', row.eventId), type: row.eventType, acceptedAt: row.acceptedAt.toISOString() },
          data: JSON.parse(row.eventData) as Record<string, unknown>,
          recipient,
          workspace: { key: route.workspace.key, name: route.workspace.name },
        },
      },
    ])
    if (!result || !result.ok) {
      const error = result?.error.message ?? 'The template gave no answer'
      await runtime.end(row, 'dead', error, {
        kind: 'pipeline-fault',
        errorCode: result?.error.code ?? 'template',
        error,
        where: result?.error.where ?? 'delivery.render',
      })
      return null
    }
    const inboxFiles = row.attachments === null ? {} : { attachments: JSON.parse(row.attachments) as string[] }
    const content = step.channel === 'email' ? { ...workflow.email, ...result.content } : { ...result.content, ...inboxFiles }
    await storeRendered(
      hot,
      row.workspaceId,
      row.notificationId!,
      JSON.stringify(content),
      'subject' in result.content ? result.content.subject : null,
    )
    return content as Content
  }

  return {
    handleEmail,
    handleInApp,
    setMailConcurrency: (concurrency) => slots.resize(Math.max(1, concurrency)),
    mailsInFlight: () => slots.taken,
  }
}

function createSlots(count: number): { enter(): Promise<() => void>; resize(count: number): void; readonly taken: number } {
  let size = count
  let taken = 0
  const waiting: (() => void)[] = []
  const letIn = (): void => {
    while (taken < size && waiting.length > 0) {
      taken++
      waiting.shift()!()
    }
  }
  const leave = (): void => {
    taken--
    letIn()
  }
  return {
    async enter() {
      if (taken < size) taken++
      else await new Promise<void>((resolve) => waiting.push(resolve))
      return leave
    },
    get taken() {
      return taken
    },
    resize(next) {
      size = next
      letIn()
    },
  }
}
