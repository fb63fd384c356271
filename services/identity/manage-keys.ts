// Making, changing and revoking API keys; each with its audit entry in the same transaction.
import { randomBytes } from 'node:crypto'
import { appendAudit } from '#services/audit/index.ts'
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { ApiKey, ApiKeyCreate, ApiKeyCreated, ApiKeyUpdate } from '#shared/contracts/api-key.ts'
import { decodeCursor, toPage, type Page } from '#shared/contracts/page.ts'
import type { Scope } from '#shared/contracts/scope.ts'
import { Fault } from '#shared/fault.ts'
import { newUuid, parsePublicId, publicId } from '#shared/ids.ts'
import type { ApiKeyRepository, ApiKeyRow, ApiKeyValues } from './api-key.repository.ts'
import { hashKey } from './authenticate-key.ts'
import { scopesBeyond, type Principal } from './policy.rules.ts'

const prefixLength = 9

export interface ManageKeys {
  list(workspaceId: string, page: { limit: number; cursor?: string | undefined }): Promise<Page<ApiKey>>
  get(workspaceId: string, id: string): Promise<ApiKey>
  /** The secret is in this answer and nowhere else. */
  create(workspaceId: string, principal: Principal, key: ApiKeyCreate): Promise<ApiKeyCreated>
  update(workspaceId: string, principal: Principal, id: string, change: ApiKeyUpdate): Promise<ApiKey>
  /** Idempotent. In force everywhere within five seconds. */
  revoke(workspaceId: string, principal: Principal, id: string, reason?: string): Promise<void>
}

/** `sb_` and 192 random bits. */
export function newKeySecret(): string {
  return `sb_${randomBytes(24).toString('base64url')}`
}

export function createManageKeys(deps: { pool: Pool; repository: ApiKeyRepository; forget: () => void }): ManageKeys {
  const { pool, repository, forget } = deps

  return {
    async list(workspaceId, { limit, cursor }) {
      const before = cursor === undefined ? null : uuidOfCursor(cursor)
      const rows = await repository.list(workspaceId, before, limit + 1)
      const page = toPage(rows, limit, (last) => last.id)
      return { items: page.items.map(shape), nextCursor: page.nextCursor }
    },

    async get(workspaceId, id) {
      const row = await repository.find(workspaceId, uuidOf(id))
      if (!row) throw unknownKey()
      return shape(row)
    },

    async create(workspaceId, principal, key) {
      refuseBeyond(principal, key.scopes)
      const instance = key.instance ?? (principal.actor.kind === 'api-key' && principal.instance === true)
      if (instance) refuseNotOwner(principal)
      const secret = newKeySecret()
      const id = newUuid()
      const row = await transaction(pool, async (client) => {
        const values = valuesOf(key, instance)
        const made = await repository.insert(workspaceId, client, {
          ...values,
          id,
          prefix: secret.slice(0, prefixLength),
          hash: hashKey(secret),
        })
        await appendAudit(client, {
          workspaceId,
          actor: principal.actor,
          action: 'api-key.create',
          subjectKind: 'api-key',
          subjectId: publicId('apiKey', id),
          details: { after: auditView(made) },
        })
        return made
      })
      return { ...shape(row), secret }
    },

    async update(workspaceId, principal, id, change) {
      const uuid = uuidOf(id)
      const row = await transaction(pool, async (client) => {
        const before = await repository.lock(workspaceId, client, uuid)
        if (!before) throw unknownKey()
        if (before.revoked_at) throw new Fault('conflict', 'A revoked key cannot be changed. Make a new one.')
        // Only what is new has to be held: a weaker key may rename a stronger one, not widen it.
        const wider = (change.scopes ?? []).filter((scope) => !before.scopes.includes(scope))
        refuseBeyond(principal, wider)
        if ((change.instance ?? before.instance) && (wider.length > 0 || !before.instance)) refuseNotOwner(principal)
        const after = await repository.update(workspaceId, client, uuid, mergedValues(before, change))
        await appendAudit(client, {
          workspaceId,
          actor: principal.actor,
          action: 'api-key.update',
          subjectKind: 'api-key',
          subjectId: id,
          details: { before: auditView(before), after: auditView(after!) },
        })
        return after!
      })
      forget()
      return shape(row)
    },

    async revoke(workspaceId, principal, id, reason) {
      const uuid = uuidOf(id)
      await transaction(pool, async (client) => {
        const row = await repository.lock(workspaceId, client, uuid)
        if (!row) throw unknownKey()
        if (!(await repository.revoke(workspaceId, client, uuid))) return
        await appendAudit(client, {
          workspaceId,
          actor: principal.actor,
          action: 'api-key.revoke',
          subjectKind: 'api-key',
          subjectId: id,
          reason: reason ?? null,
          details: { before: auditView(row) },
        })
      })
      forget()
    },
  }
}

function uuidOf(id: string): string {
  const uuid = parsePublicId('apiKey', id)
  if (!uuid) throw unknownKey()
  return uuid
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function uuidOfCursor(cursor: string): string {
  const position = decodeCursor(cursor)
  if (!position || !uuidPattern.test(position)) {
    throw new Fault('invalid', 'The query is not valid.', {
      errors: [{ path: 'cursor', message: 'is not a cursor that this API gave out' }],
    })
  }
  return position
}

function unknownKey(): Fault {
  return new Fault('not-found', 'There is no such API key.')
}

function refuseBeyond(principal: Principal, wanted: readonly Scope[]): void {
  const beyond = scopesBeyond(principal, wanted)
  if (beyond.length > 0) throw new Fault('forbidden', `A key cannot grant what it does not have: ${beyond.join(', ')}.`)
}

function refuseNotOwner(principal: Principal): void {
  if (!principal.instance) throw new Fault('forbidden', 'A key of the instance is made and widened only by those who own the instance.')
}

function valuesOf(key: ApiKeyCreate, instance: boolean): ApiKeyValues {
  return {
    name: key.name,
    scopes: key.scopes,
    ratePerSecond: key.rateLimit?.perSecond ?? null,
    rateBurst: key.rateLimit ? (key.rateLimit.burst ?? key.rateLimit.perSecond) : null,
    expiresAt: key.expiresAt ?? null,
    instance,
  }
}

function mergedValues(row: ApiKeyRow, change: ApiKeyUpdate): ApiKeyValues {
  const rate =
    change.rateLimit === undefined
      ? { ratePerSecond: row.rate_per_second, rateBurst: row.rate_burst }
      : {
          ratePerSecond: change.rateLimit?.perSecond ?? null,
          rateBurst: change.rateLimit ? (change.rateLimit.burst ?? change.rateLimit.perSecond) : null,
        }
  return {
    name: change.name ?? row.name,
    scopes: change.scopes ?? row.scopes,
    expiresAt: change.expiresAt === undefined ? (row.expires_at?.toISOString() ?? null) : change.expiresAt,
    instance: change.instance ?? row.instance,
    ...rate,
  }
}

function auditView(row: ApiKeyRow): Record<string, unknown> {
  return {
    name: row.name,
    scopes: row.scopes,
    ratePerSecond: row.rate_per_second,
    rateBurst: row.rate_burst,
    expiresAt: row.expires_at?.toISOString() ?? null,
    instance: row.instance,
  }
}

function shape(row: ApiKeyRow): ApiKey {
  return {
    id: publicId('apiKey', row.id),
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    rateLimit: row.rate_per_second === null ? null : { perSecond: row.rate_per_second, burst: row.rate_burst ?? row.rate_per_second },
    instance: row.instance,
    state: row.revoked_at ? 'revoked' : row.expired ? 'expired' : 'active',
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  }
}
