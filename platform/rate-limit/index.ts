// Limits per key: counted in Redis, so that all processes share them; a key that used its points up is refused from memory;
// while Redis is away or slow each process counts for itself. Nobody waits for Redis longer than a few milliseconds.
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Redis } from '#platform/redis/index.ts'
import { Fault } from '#shared/fault.ts'

const redisPatienceMs = 5

export interface Rate {
  perSecond: number
  /** How many may come at once. */
  burst: number
}

export interface RateLimits {
  /** Takes one from the bucket of `id`. Throws Fault 'rate-limited' with the seconds to wait. */
  take(id: string, rate: Rate): Promise<void>
}

interface Limiter {
  shared: RateLimiterRedis
  local: RateLimiterMemory
}

/**
 * `burst` points in a window as long as `perSecond` needs to earn them: the average holds, the burst may come at once.
 * Windows are whole seconds, so a burst that is not a multiple is rounded up.
 */
export function windowOf(rate: Rate): { points: number; seconds: number } {
  const seconds = Math.max(1, Math.ceil(rate.burst / rate.perSecond))
  return { points: seconds * rate.perSecond, seconds }
}

export function createRateLimits(deps: { redis: Redis; keyPrefix?: string }): RateLimits {
  const limiters = new Map<string, Limiter>()

  function limiterOf(rate: Rate): Limiter {
    const { points, seconds } = windowOf(rate)
    const name = `${points}-${seconds}`
    let limiter = limiters.get(name)
    if (!limiter) {
      const local = new RateLimiterMemory({ keyPrefix: name, points, duration: seconds })
      const shared = new RateLimiterRedis({
        storeClient: deps.redis,
        keyPrefix: `${deps.keyPrefix ?? 'signalbox'}:rate:${name}`,
        points,
        duration: seconds,
        // A key over its limit costs Redis nothing more until its window ends.
        inMemoryBlockOnConsumed: points + 1,
        rejectIfRedisNotReady: true,
      })
      limiter = { shared, local }
      limiters.set(name, limiter)
    }
    return limiter
  }

  return {
    async take(id, rate) {
      const { shared, local } = limiterOf(rate)
      // Counted here as well, every time: whoever falls back on it in the middle of a window finds what this process has let through.
      const own = local.consume(id).then(
        () => null,
        (refusal: RateLimiterRes) => refusal,
      )
      const refusal = await withPatience(refusalOf(shared.consume(id)))
      const decided = refusal === undefined ? await own : refusal
      if (decided) {
        throw new Fault('rate-limited', `This key may make ${rate.perSecond} requests a second.`, {
          retryAfterSeconds: Math.max(1, Math.ceil(decided.msBeforeNext / 1_000)),
        })
      }
    },
  }
}

/** null = taken; undefined = Redis does not know. */
async function refusalOf(answer: Promise<RateLimiterRes>): Promise<RateLimiterRes | null | undefined> {
  try {
    await answer
    return null
  } catch (refusal) {
    return refusal instanceof RateLimiterRes ? refusal : undefined
  }
}

/** undefined when Redis takes too long; its late answer is ignored, also when it is no. */
async function withPatience<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), redisPatienceMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
