// Redis is a disposable accelerator: commands fail fast while it is away, nothing waits for it.
import { Redis } from 'ioredis'
import type { Log } from '#platform/telemetry/log.ts'

export type { Redis }

/** A connection for commands. While Redis is away every command rejects at once; it reconnects by itself. */
export function createRedis(options: { url: string; name: string; log: Log }): Redis {
  const redis = new Redis(options.url, {
    connectionName: options.name,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 2_000,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 5), 1_000),
  })
  let away = false
  redis.on('error', (error: Error) => {
    if (!away) options.log.warn({ error: error.message }, 'Redis is away')
    away = true
  })
  redis.on('ready', () => {
    if (away) options.log.info('Redis is back')
    away = false
  })
  return redis
}

/** A connection for blocking reads (workers, subscriptions): waits for Redis as long as it takes. */
export function createBlockingRedis(options: { url: string; name: string; log: Log }): Redis {
  const redis = new Redis(options.url, {
    connectionName: options.name,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 5), 1_000),
  })
  redis.on('error', () => {
    // Said once by the command connection.
  })
  return redis
}

/** Throws when this Redis may evict what we store: a queue that loses jobs silently is refused at boot. */
export async function refuseEvictingRedis(redis: Redis): Promise<void> {
  if (redis.status !== 'ready') await new Promise<void>((resolve) => redis.once('ready', () => resolve()))
  const policy = /maxmemory_policy:(\S+)/.exec(await redis.info('memory'))?.[1]
  if (policy !== undefined && policy !== 'noeviction') {
    throw new Error(
      `This Redis may evict keys (maxmemory-policy ${policy}), and with them work that waits: set maxmemory-policy to noeviction.`,
    )
  }
}
