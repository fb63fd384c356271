// Bearer token -> principal. A key is looked up by its SHA-256 (128 random bits or more need no slow hash), remembered for
// two seconds, so that a revoked one is refused everywhere within five.
import { hash } from 'node:crypto'
import type { Log } from '#platform/telemetry/log.ts'
import { apiKeyPattern } from '#shared/contracts/api-key.ts'
import { publicId } from '#shared/ids.ts'
import type { ApiKeyRepository, ApiKeyRow } from './api-key.repository.ts'
import type { Principal } from './policy.rules.ts'

const cacheMs = 2_000
/** Unknown keys are remembered too, shortly and not many: guessing must cost us no query each, nor memory. */
const unknownMs = 1_000
const maxKnown = 10_000
const maxUnknown = 2_000
const touchEveryMs = 60_000
const touchFlushMs = 5_000

interface Known {
  principal: Principal
  keyId: string
  until: number
}

export interface KeyAuthenticator {
  /** Without a query; undefined = not known here (yet). Takes about a microsecond. */
  cached(token: string): Principal | undefined
  authenticate(token: string): Promise<Principal | null>
  /** Forgets what it knows, in this process. */
  forget(): void
  close(): Promise<void>
}

/** SHA-256 of the whole token. */
export function hashKey(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}

export function principalOf(row: ApiKeyRow): Principal {
  return {
    workspaceId: row.workspace_id,
    actor: { kind: 'api-key', id: publicId('apiKey', row.id), name: row.name },
    scopes: row.scopes,
    instance: row.instance,
    rate: row.rate_per_second === null ? null : { perSecond: row.rate_per_second, burst: row.rate_burst ?? row.rate_per_second },
  }
}

export function createKeyAuthenticator(deps: { repository: ApiKeyRepository; log: Log; now?: () => number }): KeyAuthenticator {
  const { repository, log } = deps
  const now = deps.now ?? (() => performance.now())
  const known = new Map<string, Known>()
  const unknown = new Map<string, number>()
  const running = new Map<string, Promise<Principal | null>>()
  const touchedAt = new Map<string, number>()
  const toTouch = new Set<string>()

  const timer = setInterval(() => void flush(), touchFlushMs)
  timer.unref()

  async function flush(): Promise<void> {
    if (toTouch.size === 0) return
    const ids = [...toTouch].sort()
    toTouch.clear()
    try {
      await repository.touch(ids)
    } catch (error) {
      log.debug({ error: (error as Error).message }, 'the last use of keys was not written')
    }
  }

  function used(keyId: string): void {
    const at = now()
    if (at - (touchedAt.get(keyId) ?? Number.NEGATIVE_INFINITY) < touchEveryMs) return
    remember(touchedAt, keyId, at, maxKnown)
    toTouch.add(keyId)
  }

  async function look(key: string, token: string): Promise<Principal | null> {
    const row = await repository.findByHash(hashKey(token))
    if (!row) {
      remember(unknown, key, now() + unknownMs, maxUnknown)
      return null
    }
    const principal = principalOf(row)
    const life = row.expires_in_ms === null ? cacheMs : Math.min(cacheMs, row.expires_in_ms)
    remember(known, key, { principal, keyId: row.id, until: now() + life }, maxKnown)
    used(row.id)
    return principal
  }

  return {
    cached(token) {
      const hit = known.get(keyOf(token))
      if (!hit || hit.until <= now()) return undefined
      used(hit.keyId)
      return hit.principal
    },
    async authenticate(token) {
      if (!apiKeyPattern.test(token)) return null
      const key = keyOf(token)
      const hit = known.get(key)
      if (hit && hit.until > now()) {
        used(hit.keyId)
        return hit.principal
      }
      if ((unknown.get(key) ?? 0) > now()) return null
      // A thousand requests that meet an expired cache entry make one query.
      let search = running.get(key)
      if (!search) {
        search = look(key, token).finally(() => running.delete(key))
        running.set(key, search)
      }
      return search
    },
    forget() {
      known.clear()
      unknown.clear()
    },
    async close() {
      clearInterval(timer)
      await flush()
    },
  }
}

/** The cache is keyed by the hash: tokens themselves are not kept. */
function keyOf(token: string): string {
  return hash('sha256', token, 'base64')
}

/** Sets a key as the newest one and drops the oldest beyond `max`. */
function remember<V>(map: Map<string, V>, key: string, value: V, max: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > max) map.delete(map.keys().next().value as string)
}
