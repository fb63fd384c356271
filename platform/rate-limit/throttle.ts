// Throttles of what may be guessed (passwords): counted in Redis only. While Redis is away nothing passes: here a limit that each
// process keeps for itself would be a limit times the number of processes.
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Redis } from '#platform/redis/index.ts'
import { Fault } from '#shared/fault.ts'

export interface Throttle {
  /** Takes one. Throws Fault 'rate-limited' with the seconds to wait, 'dependency-unavailable' while Redis is away. */
  take(id: string): Promise<void>
  /** Gives one back. */
  giveBack(id: string): Promise<void>
  forget(id: string): Promise<void>
}

export function createThrottle(options: {
  redis: Redis
  keyPrefix: string
  points: number
  seconds: number
  /** What the refusal says. */
  refusal: string
}): Throttle {
  const limiter = new RateLimiterRedis({
    storeClient: options.redis,
    keyPrefix: options.keyPrefix,
    points: options.points,
    duration: options.seconds,
    rejectIfRedisNotReady: true,
  })
  return {
    async take(id) {
      try {
        await limiter.consume(id)
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw redisIsAway(refusal)
        throw new Fault('rate-limited', options.refusal, { retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)) })
      }
    },
    async giveBack(id) {
      await limiter.reward(id, 1).catch(() => undefined)
    },
    async forget(id) {
      await limiter.delete(id).catch(() => undefined)
    },
  }
}

/** What needs Redis and cannot go on without it. */
export function redisIsAway(cause: unknown): Fault {
  return new Fault('dependency-unavailable', 'Redis does not answer: sessions wait for it. API keys go on.', {
    retryAfterSeconds: 2,
    cause,
  })
}
