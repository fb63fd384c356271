// A state is in no index of text: a rare one is found among thousands that have the word, and the answer is complete.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPostgresIndex } from '#platform/search-index/index.ts'
import { createSearch, rebuildIndex, type Search } from '#services/search/index.ts'
import type { NotificationSearchQuery } from '#shared/contracts/search.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let search: Search
/** Others: of a word that `told` old ones have more of than the newest do, which alone are weighed at first. */
const from = 5_000
const told = 5
const weighed = 350
/** More than a search looks at; the dead ones are older than all of them. */
const delivered = 2_300

beforeAll(async () => {
  platform = await openTestPlatform()
  const { pool, workspaceId } = platform
  const idOf = (n: string, kind: number): string =>
    `(lpad(to_hex(1790000000000 + ${n}), 12, '0') || '7${kind}018000' || lpad(to_hex(${n}), 12, '0'))::uuid`
  const rows = `generate_series(1, ${delivered + 3}) n`
  await pool.query(
    `INSERT INTO delivery (workspace_id, id, event_id, notification_id, channel, source, recipient_id, state, version, finished_at)
     SELECT $1, ${idOf('n', 2)}, ${idOf('n', 0)}, ${idOf('n', 1)}, 'email', 'news/mail', 'ada', CASE WHEN n <= 3 THEN 'dead' ELSE 'delivered' END, 1, now() FROM ${rows}`,
    [workspaceId],
  )
  await pool.query(
    `INSERT INTO notification (workspace_id, id, event_id, delivery_id, recipient_id, workflow_key, workflow_version, step_id, channel, subject, content)
     SELECT $1, ${idOf('n', 1)}, ${idOf('n', 0)}, ${idOf('n', 2)}, 'ada', 'news', 1, 'mail', 'email', 'Number ' || n, '{"text":"quokka"}' FROM ${rows}`,
    [workspaceId],
  )
  // The third has been answered since: its letter is still there.
  await pool.query(
    `INSERT INTO dead_letter (workspace_id, id, kind, cause_id, event_id, event_type, delivery_id, channel, error_code, error_message, attempts, snapshot)
     SELECT $1, ${idOf('n', 3)}, 'delivery-exhausted', md5('mailbox')::uuid, ${idOf('n', 0)}, 'news.told', ${idOf('n', 2)}, 'email', 'smtp-550', 'no such mailbox', 3, '{}' FROM generate_series(1, 3) n`,
    [workspaceId],
  )
  await pool.query(
    `INSERT INTO cause (id, workspace_id, fingerprint, title, kind, error_code, letters, open_letters, channels, sample_id)
     SELECT md5('mailbox')::uuid, $1, 'mailbox', 'mailbox refused', 'delivery-exhausted', 'smtp-550', 3, 3, '{email}', (array_agg(id))[1] FROM dead_letter WHERE workspace_id = $1`,
    [workspaceId],
  )
  await pool.query(`UPDATE delivery SET state = 'delivered' WHERE workspace_id = $1 AND id = ${idOf('3', 2)}`, [workspaceId])
  const numbats = `generate_series(${from}, ${from + weighed + told - 1}) n`
  await pool.query(
    `INSERT INTO delivery (workspace_id, id, event_id, notification_id, channel, source, recipient_id, state, version, finished_at)
     SELECT $1, ${idOf('n', 2)}, ${idOf('n', 0)}, ${idOf('n', 1)}, 'email', 'news/mail', 'ada', CASE WHEN n < ${from + told} THEN 'suppressed' ELSE 'delivered' END, 1, now() FROM ${numbats}`,
    [workspaceId],
  )
  await pool.query(
    `INSERT INTO notification (workspace_id, id, event_id, delivery_id, recipient_id, workflow_key, workflow_version, step_id, channel, subject, content)
     SELECT $1, ${idOf('n', 1)}, ${idOf('n', 0)}, ${idOf('n', 2)}, 'ada', 'news', 1, 'mail', 'email', 'Animal ' || n,
       CASE WHEN n < ${from + told} THEN '{"text":"numbat, numbat and numbat"}' ELSE '{"text":"a numbat among many other animals of the south"}' END::jsonb FROM ${numbats}`,
    [workspaceId],
  )
  const index = createPostgresIndex({ pool })
  await rebuildIndex({ pool, index, embedder: undefined, kinds: ['notification'] })
  search = createSearch({ pool, index, embedder: undefined })
})
afterAll(() => platform?.close())

const ask = async (more: Partial<NotificationSearchQuery>) => {
  const query = { q: 'quokka', limit: 20, alpha: 0.5, ...more }
  const { items, complete } = await search.notifications(platform.workspaceId, query, { masked: false })
  return { subjects: items.map(({ subject }) => subject).sort(), complete }
}

test('dead ones are found behind thousands of others', async () => {
  expect(await ask({ state: 'dead' })).toEqual({ subjects: ['Number 1', 'Number 2'], complete: true })
  expect(await ask({ state: 'dead', channel: 'email', q: 'number 2' })).toEqual({ subjects: ['Number 2'], complete: true })
})

test('what nothing is in is answered at once, and completely', async () => {
  expect(await ask({ state: 'dead', channel: 'in-app' })).toEqual({ subjects: [], complete: true })
  expect(await ask({ state: 'held' })).toEqual({ subjects: [], complete: true })
})

test('a state that many are in, and one that nothing knows, are looked for among the best', async () => {
  const many = await ask({ state: 'delivered' })
  expect(many).toMatchObject({ complete: true })
  expect(many.subjects).toHaveLength(20)
  expect(await ask({ state: 'suppressed' })).toEqual({ subjects: [], complete: false })
})

test('what only the second look at the index weighs is not left out of it', async () => {
  const { subjects, complete } = await ask({ q: 'numbat', state: 'suppressed' })
  expect(subjects).toEqual(Array.from({ length: told }, (_, i) => `Animal ${from + i}`))
  expect(complete).toBe(true)
})

// The last: what it deletes is gone.
test('what the tables no longer have makes room for the next', async () => {
  const best = await ask({ limit: 5 })
  const { rowCount } = await platform.pool.query('DELETE FROM notification WHERE subject = ANY($1)', [best.subjects.slice(0, 3)])
  expect(rowCount).toBe(3)
  const { subjects, complete } = await ask({ limit: 5 })
  expect(subjects).toHaveLength(5)
  expect(complete).toBe(true)
  expect(subjects).toEqual(expect.arrayContaining(best.subjects.slice(3)))
})
