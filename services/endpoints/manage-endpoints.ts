// Making, changing and switching endpoints: each with its audit entry and the workspace's revision in one transaction.
import { randomBytes } from 'node:crypto'
import type { Config } from '#platform/config/index.ts'
import { transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { createSealer } from '#platform/sealing/index.ts'
import { appendAudit } from '#services/audit/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import type { EndpointCreate, EndpointListQuery, EndpointUpdate, EndpointView, EndpointWithSecret } from '#shared/contracts/endpoint.ts'
import { decodeCursor, toPage, type Page } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { newUuid, parsePublicId, publicId } from '#shared/ids.ts'
import { checkEndpoint } from './check-endpoint.ts'
import { bumpConfigRevision, switchOff, switchOn } from './endpoint-switch.repository.ts'
import {
  expireSecrets,
  findEndpoint,
  insertEndpoint,
  insertSecret,
  listEndpoints,
  lockEndpoint,
  softDeleteEndpoint,
  updateEndpoint,
  wakeRelay,
  type EndpointRow,
} from './endpoint.repository.ts'

export interface ManageEndpointsDeps {
  pool: Pool
  config: Config
  /** Holds what waits for an endpoint, in the transaction that disables it: services/delivery, which builds on this one. */
  hold: (client: PoolClient, workspaceId: string, endpointId: string) => Promise<unknown>
}

/** Ids are the public ones; Fault('not-found') for an unknown one. */
export interface ManageEndpoints {
  /** The secret is in this answer and nowhere else. Fault('invalid') for a refused URL or header. */
  create(workspaceId: string, actor: Actor, input: EndpointCreate): Promise<EndpointWithSecret>
  get(workspaceId: string, id: string): Promise<EndpointView>
  /** Newest first. */
  list(workspaceId: string, query: EndpointListQuery): Promise<Page<EndpointView>>
  update(workspaceId: string, actor: Actor, id: string, change: EndpointUpdate): Promise<EndpointView>
  /** What waits for it is cancelled. */
  remove(workspaceId: string, actor: Actor, id: string): Promise<void>
  /** The old secret signs too for `keepOldSeconds`. */
  rotateSecret(workspaceId: string, actor: Actor, id: string, keepOldSeconds: number): Promise<EndpointWithSecret>
  /** What is held goes out. Twice changes nothing. */
  enable(workspaceId: string, actor: Actor, id: string, reason: string | undefined): Promise<EndpointView>
  /** What waits is held. Twice changes nothing. */
  disable(workspaceId: string, actor: Actor, id: string, reason: string | undefined): Promise<EndpointView>
}

export function createManageEndpoints({ pool, config, hold }: ManageEndpointsDeps): ManageEndpoints {
  const sealer = createSealer(config.SIGNALBOX_SECRET as string)

  /** Standard Webhooks: `whsec_` and 24 to 64 random bytes in base64. */
  async function addSecret(client: PoolClient, endpointId: string): Promise<string> {
    const secret = `whsec_${randomBytes(32).toString('base64')}`
    const id = newUuid()
    await insertSecret(client, endpointId, id, sealer.seal(secret, id))
    return secret
  }

  /** One transaction over the locked row. `work` answers what the audit log keeps, or null when nothing changed. */
  function change<T>(
    workspaceId: string,
    actor: Actor,
    action: string,
    publicEndpointId: string,
    work: (
      client: PoolClient,
      row: EndpointRow,
    ) => Promise<{ result: T; audit: { reason?: string | undefined; details?: Record<string, unknown> } | null }>,
  ): Promise<T> {
    const uuid = uuidOf(publicEndpointId)
    return transaction(pool, async (client) => {
      const row = await lockEndpoint(client, workspaceId, uuid)
      if (!row) throw unknownEndpoint()
      const { result, audit } = await work(client, row)
      if (audit) {
        await appendAudit(client, {
          workspaceId,
          actor,
          action: `endpoint.${action}`,
          subjectKind: 'endpoint',
          subjectId: publicEndpointId,
          reason: audit.reason ?? null,
          details: audit.details ?? {},
        })
      }
      return result
    })
  }

  return {
    async create(workspaceId, actor, input) {
      checkEndpoint(config, input)
      const id = newUuid()
      return transaction(pool, async (client) => {
        const row = await insertEndpoint(client, workspaceId, id, input)
        const secret = await addSecret(client, id)
        await bumpConfigRevision(client, workspaceId)
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'endpoint.create',
          subjectKind: 'endpoint',
          subjectId: publicId('endpoint', id),
          details: { after: auditView(row) },
        })
        return { ...shape(row), secret }
      })
    },

    async get(workspaceId, id) {
      const row = await findEndpoint(pool, workspaceId, uuidOf(id))
      if (!row) throw unknownEndpoint()
      return shape(row)
    },

    async list(workspaceId, { limit, cursor, ...filter }) {
      const rows = await listEndpoints(pool, workspaceId, filter, positionOf(cursor), limit + 1)
      const page = toPage(rows, limit, (last) => publicId('endpoint', last.id))
      return { items: page.items.map(shape), nextCursor: page.nextCursor }
    },

    async update(workspaceId, actor, id, input) {
      checkEndpoint(config, input)
      return change(workspaceId, actor, 'update', id, async (client, before) => {
        const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Partial<EndpointCreate>
        const after = await updateEndpoint(client, workspaceId, before.id, { ...before, ...given })
        await bumpConfigRevision(client, workspaceId)
        return { result: shape(after), audit: { details: { before: auditView(before), after: auditView(after) } } }
      })
    },

    async remove(workspaceId, actor, id) {
      await change(workspaceId, actor, 'delete', id, async (client, row) => {
        await softDeleteEndpoint(client, workspaceId, row.id)
        await hold(client, workspaceId, row.id)
        await bumpConfigRevision(client, workspaceId)
        await wakeRelay(client)
        return { result: undefined, audit: { details: { before: auditView(row) } } }
      })
    },

    async rotateSecret(workspaceId, actor, id, keepOldSeconds) {
      return change(workspaceId, actor, 'rotate-secret', id, async (client, row) => {
        await expireSecrets(client, row.id, keepOldSeconds)
        const secret = await addSecret(client, row.id)
        await bumpConfigRevision(client, workspaceId)
        return { result: { ...shape(row), secret }, audit: { details: { keepOldSeconds } } }
      })
    },

    async enable(workspaceId, actor, id, reason) {
      return change(workspaceId, actor, 'enable', id, async (client, row) => {
        const changed = await switchOn(client, workspaceId, row.id)
        if (changed) await wakeRelay(client)
        return { result: await current(client, workspaceId, row.id), audit: changed ? { reason } : null }
      })
    },

    async disable(workspaceId, actor, id, reason) {
      return change(workspaceId, actor, 'disable', id, async (client, row) => {
        const changed = await switchOff(client, workspaceId, row.id, 'operator')
        if (changed) await hold(client, workspaceId, row.id)
        return { result: await current(client, workspaceId, row.id), audit: changed ? { reason } : null }
      })
    },
  }
}

async function current(client: PoolClient, workspaceId: string, uuid: string): Promise<EndpointView> {
  return shape((await findEndpoint(client, workspaceId, uuid)) as EndpointRow)
}

/** Public id -> UUID. Fault('not-found') for what can be none. */
export function uuidOf(id: string): string {
  const uuid = parsePublicId('endpoint', id)
  if (!uuid) throw unknownEndpoint()
  return uuid
}

function positionOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const uuid = parsePublicId('endpoint', decodeCursor(cursor) ?? '')
  if (!uuid)
    throw new Fault('invalid', 'The query is not valid.', {
      errors: [{ path: 'cursor', message: 'is not a cursor that this API gave out' }],
    })
  return uuid
}

export function unknownEndpoint(): Fault {
  return new Fault('not-found', 'There is no such endpoint.')
}

function shape(row: EndpointRow): EndpointView {
  const {
    id,
    url,
    eventTypes,
    description,
    audience,
    retrySchedule,
    headers,
    state,
    disabledReason,
    disabledAt,
    failingSince,
    createdAt,
    updatedAt,
  } = row
  return {
    id: publicId('endpoint', id),
    url,
    eventTypes,
    description,
    audience,
    retrySchedule,
    headers,
    state,
    disabledReason,
    disabledAt: disabledAt?.toISOString() ?? null,
    failingSince: failingSince?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

/** Queries of URLs and values of headers may be credentials of the receiver: they stay out of the log. */
function auditView(row: EndpointRow): Record<string, unknown> {
  const { origin, pathname } = new URL(row.url)
  return {
    url: origin + pathname,
    eventTypes: row.eventTypes,
    audience: row.audience,
    retrySchedule: row.retrySchedule,
    headers: Object.keys(row.headers),
    state: row.state,
  }
}
