// Sessions in Redis: gone with it, and then everybody signs in again. The id is kept as its SHA-256, so that whoever reads Redis
// cannot sign in with what is found there.
import { hash, randomBytes } from 'node:crypto'
import { redisIsAway } from '#platform/rate-limit/throttle.ts'
import type { Redis } from '#platform/redis/index.ts'

/** Without a request for so long, the session ends. */
export const idleMs = 12 * 3_600_000
/** However busy, it ends then. */
export const absoluteMs = 7 * 24 * 3_600_000

export interface StoredSession {
  /** UUID. */
  operatorId: string
  /** The operator's `session_epoch` when it began. */
  epoch: number
  beganAtMs: number
}

export interface SessionStore {
  /** -> the id for the cookie: 256 random bits, shown nowhere else. */
  begin(operatorId: string, epoch: number): Promise<string>
  /** Also puts its idle end off. */
  read(id: string): Promise<StoredSession | null>
  /** The same without putting anything off: a look from aside is no use of the session. */
  peek(id: string): Promise<StoredSession | null>
  end(id: string): Promise<void>
}

const idPattern = /^[A-Za-z0-9_-]{43}$/

/** All of it throws Fault 'dependency-unavailable' while Redis is away. */
export function createSessionStore(deps: { redis: Redis; idleMs?: number; absoluteMs?: number; now?: () => number }): SessionStore {
  const { redis } = deps
  const idle = deps.idleMs ?? idleMs
  const absolute = deps.absoluteMs ?? absoluteMs
  const now = deps.now ?? Date.now

  async function ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question()
    } catch (error) {
      throw redisIsAway(error)
    }
  }

  /** null = there is none, undefined = its time is over. */
  function unlessTooOld(text: string | null): StoredSession | null | undefined {
    if (!text) return null
    const session = JSON.parse(text) as StoredSession
    return now() - session.beganAtMs < absolute ? session : undefined
  }

  return {
    async begin(operatorId, epoch) {
      const id = randomBytes(32).toString('base64url')
      const session: StoredSession = { operatorId, epoch, beganAtMs: now() }
      await ask(() => redis.set(keyOf(id), JSON.stringify(session), 'PX', Math.min(idle, absolute)))
      return id
    },
    async read(id) {
      if (!idPattern.test(id)) return null
      const session = unlessTooOld(await ask(() => redis.getex(keyOf(id), 'PX', idle)))
      if (session === undefined) await ask(() => redis.del(keyOf(id)))
      return session ?? null
    },
    async peek(id) {
      if (!idPattern.test(id)) return null
      return unlessTooOld(await ask(() => redis.get(keyOf(id)))) ?? null
    },
    async end(id) {
      if (idPattern.test(id)) await ask(() => redis.del(keyOf(id)))
    },
  }
}

function keyOf(id: string): string {
  return `signalbox:session:${hash('sha256', id, 'hex')}`
}
