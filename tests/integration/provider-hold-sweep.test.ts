// What the relay's turns do for providers that are held and released: here without a relay, so that each turn can be counted.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#platform/postgres/index.ts'
import { holdForProviders, holdProviderDeliveries, releaseHeld } from '#services/delivery/index.ts'
import { readLedger, reconcile } from '#services/ledger/index.ts'
import { createPathRows, type PathRows } from '../support/path-rows.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let mine: PathRows
let theirs: PathRows
beforeAll(async () => {
  platform = await openTestPlatform()
  mine = createPathRows(platform)
  theirs = createPathRows(platform, (await platform.addWorkspace()).workspaceId)
})
afterAll(() => platform.close())

const mail = { channel: 'email', recipientId: 'u1' } as const
async function mailsOf(rows: PathRows, count: number): Promise<string[]> {
  const event = await rows.accept({ type: 'a.b', data: {} })
  const written = await rows.fanOut(
    event,
    Array.from({ length: count }, (_, i) => ({ ...mail, recipientId: `u${i}` })),
  )
  return written.map(({ deliveryId }) => deliveryId)
}
const states = async (ids: string[]) =>
  Object.fromEntries(
    (await platform.pool.query('SELECT state, count(*)::int AS n FROM delivery WHERE id = ANY($1::uuid[]) GROUP BY state', [ids])).rows.map(
      (row) => [row.state, row.n],
    ),
  )

test('what a hold did not take at once is held by the next turn; a release gives so many of each lane and turn', async () => {
  const ids = [...(await mailsOf(mine, 5)), ...(await mailsOf(theirs, 2))]
  // Held by the row alone, as after a death behind a transaction that took only a part of the backlog.
  await platform.pool.query("INSERT INTO provider_hold (provider, held_by, reason) VALUES ('email', 'Ada', 'x')")
  expect(await holdForProviders(platform.pool)).toBe(7)
  expect(await holdForProviders(platform.pool)).toBe(0)
  expect(await states(ids)).toEqual({ held: 7 })
  expect((await readLedger(platform.pool, platform.workspaceId)).deliveries).toMatchObject({ held: 5, pending: 0, unaccounted: 0 })
  expect(await releaseHeld(platform.pool, 3)).toBe(0)

  await platform.pool.query('DELETE FROM provider_hold')
  expect(await releaseHeld(platform.pool, 3)).toBe(5)
  expect(await states(ids)).toEqual({ held: 2, pending: 5 })
  expect(await releaseHeld(platform.pool, 3)).toBe(2)
  expect(await states(ids)).toEqual({ pending: 7 })
  expect(await reconcile(platform.pool)).toMatchObject({ total: 0, differences: [], broken: [] })
})

test('a hold takes retries that are due later, and leaves quiet hours their time', async () => {
  const [retrying, quiet] = await mailsOf(mine, 2)
  await mine.attempt(retrying!, { state: 'retrying', retryInMs: 3_600_000 })
  await platform.pool.query("UPDATE outbox SET due_at = now() + interval '3 hours' WHERE id = $1", [quiet])
  await platform.pool.query("INSERT INTO provider_hold (provider, held_by, reason) VALUES ('email', 'Ada', 'x')")
  await transaction(platform.pool, (client) => holdProviderDeliveries(client, 'email'))
  expect(await states([retrying!])).toEqual({ held: 1 })
  expect(await states([quiet!])).toEqual({ pending: 1 })
  await platform.pool.query('UPDATE outbox SET due_at = now() WHERE id = $1', [quiet])
  await holdForProviders(platform.pool)
  expect(await states([quiet!])).toEqual({ held: 1 })
  await platform.pool.query('DELETE FROM provider_hold')
  expect(await releaseHeld(platform.pool)).toBeGreaterThanOrEqual(2)
})

test('an endpoint that is disabled keeps what it holds when its provider is released', async () => {
  const endpoint = await mine.addEndpoint({ state: 'disabled' })
  const event = await mine.accept({ type: 'a.b', data: {} })
  const [hook] = await mine.fanOut(event, [{ channel: 'webhook', endpointId: endpoint, state: 'held', reason: 'endpoint disabled' }])
  await platform.pool.query("INSERT INTO provider_hold (provider, held_by, reason) VALUES ('webhook', 'Ada', 'x')")
  await platform.pool.query("UPDATE endpoint SET state = 'enabled' WHERE id = $1", [endpoint])
  await releaseHeld(platform.pool)
  expect(await states([hook!.deliveryId])).toEqual({ held: 1 })
  await platform.pool.query("UPDATE endpoint SET state = 'disabled' WHERE id = $1", [endpoint])
  await platform.pool.query('DELETE FROM provider_hold')
  await releaseHeld(platform.pool)
  expect(await states([hook!.deliveryId])).toEqual({ held: 1 })
  await platform.pool.query("UPDATE endpoint SET state = 'enabled' WHERE id = $1", [endpoint])
  expect(await releaseHeld(platform.pool)).toBe(1)
})
