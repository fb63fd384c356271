// A process may start before its Redis: its hand-overs must work from the moment Redis answers.
import { expect, test } from 'vitest'
import { createQueues } from '#platform/queue/index.ts'
import { createRedis } from '#platform/redis/index.ts'
import { createLog } from '#platform/telemetry/log.ts'
import { newUuid } from '#shared/ids.ts'
import { eventually } from '../support/eventually.ts'
import { ownRedisUrl } from '../support/test-platform.ts'

test('queues that were made before Redis answered refuse at first and take jobs afterwards', async () => {
  const redis = createRedis({ url: ownRedisUrl(), name: 'test', log: createLog({ level: 'silent', name: 'test' }) })
  // At once, as the API does: the connection is not there yet.
  const queues = createQueues(redis)
  try {
    expect(queues.available).toBe(false)
    await expect(queues.counts('fan-out')).rejects.toThrow()
    await eventually(() => queues.available)
    await redis.flushdb()
    await queues.add([{ queue: 'fan-out', rows: [{ id: newUuid(), n: 1 }], delayMs: 0 }])
    expect(await queues.counts('fan-out')).toMatchObject({ waiting: 1 })
  } finally {
    await queues.close()
    redis.disconnect()
  }
})
