// A process may start before its Redis: its hand-overs must work from the moment Redis answers.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createQueues, type Queues } from '#platform/queue/index.ts'
import { createRedis, type Redis } from '#platform/redis/index.ts'
import { createLog } from '#platform/telemetry/log.ts'
import { newUuid } from '#shared/ids.ts'
import { eventually } from '../support/eventually.ts'
import { ownRedisUrl } from '../support/test-platform.ts'

let redis: Redis
let queues: Queues

beforeAll(() => {
  redis = createRedis({ url: ownRedisUrl(), name: 'test', log: createLog({ level: 'silent', name: 'test' }) })
  // At once, as the API does: the connection is not there yet.
  queues = createQueues(redis)
})

afterAll(async () => {
  await queues.close()
  redis.disconnect()
})

test('queues that were made before Redis answered refuse at first and take jobs afterwards', async () => {
  expect(queues.available).toBe(false)
  await expect(queues.counts('fan-out')).rejects.toThrow()
  await eventually(() => queues.available)
  await redis.flushdb()
  await queues.add([{ queue: 'fan-out', rows: [{ id: newUuid(), n: 1 }], delayMs: 0 }])
  expect(await queues.counts('fan-out')).toMatchObject({ waiting: 1 })
})
