// A limit holds through the moment in which Redis goes away: what this process has let through is not forgotten.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRateLimits } from '#platform/rate-limit/index.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
beforeAll(async () => {
  platform = await openTestPlatform()
})
afterAll(() => platform.close())

test('goes on from what was taken when Redis goes away in the middle of a window', async () => {
  const limits = createRateLimits({ redis: platform.redis, keyPrefix: 'rate-test' })
  const rate = { perSecond: 1, burst: 60 }
  for (let i = 0; i < 40; i++) await limits.take('key', rate)
  platform.redis.disconnect()
  let taken = 40
  for (let i = 0; i < 100; i++) {
    const refused = await limits.take('key', rate).then(
      () => false,
      (error: { code: string }) => error.code === 'rate-limited',
    )
    if (!refused) taken++
  }
  expect(taken).toBe(60)
})
