// The index against the tables: the checker names every difference, the rebuild leaves none.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPostgresIndex, type SearchIndex } from '#platform/search-index/index.ts'
import { checkIndex, rebuildIndex, type RebuildProgress } from '#services/search/index.ts'
import { newUuid } from '#shared/ids.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let index: SearchIndex

beforeAll(async () => {
  platform = await openTestPlatform()
  index = createPostgresIndex({ pool: platform.pool })
  const other = await platform.addWorkspace()
  for (const workspaceId of [platform.workspaceId, other.workspaceId]) {
    for (let i = 0; i < 3; i++)
      await platform.pool.query(
        `INSERT INTO notification (workspace_id, id, event_id, delivery_id, recipient_id, workflow_key, workflow_version, step_id, channel, subject, content)
         VALUES ($1, $2, gen_random_uuid(), gen_random_uuid(), 'ada', 'news', 1, 'bell', 'in-app', $3, $4)`,
        [workspaceId, newUuid(), `Number ${i}`, JSON.stringify({ title: `Number ${i}`, body: 'quokka' })],
      )
    await platform.pool.query("INSERT INTO recipient (workspace_id, id, email) VALUES ($1, 'ada', 'ada@example.com'), ($1, 'bob', NULL)", [
      workspaceId,
    ])
  }
})
afterAll(() => platform?.close())

const check = () => checkIndex({ pool: platform.pool, index })
const rebuild = (onProgress?: (progress: RebuildProgress) => void) =>
  rebuildIndex({ pool: platform.pool, index, embedder: undefined, ...(onProgress ? { onProgress } : {}) })

test('an empty index lacks everything, a rebuilt one nothing, and progress is told', async () => {
  const before = await check()
  expect(before.total).toBe(before.documents)
  expect(new Set(before.differences.map(({ what }) => what))).toEqual(new Set(['missing']))
  const told: RebuildProgress[] = []
  const report = await rebuild((progress) => told.push(progress))
  expect(report).toMatchObject({ documents: before.documents, removed: 0, refused: [] })
  expect(told.filter(({ kind }) => kind === 'notification').at(-1)).toMatchObject({ done: 6 })
  expect(await check()).toMatchObject({ documents: before.documents, total: 0, differences: [] })
})

test('every kind of difference is named and mended', async () => {
  const { workspaceId, pool } = platform
  const ghost = newUuid()
  await index.put('notification', workspaceId, [
    { id: ghost, title: 'Gone', body: '', names: '', filters: {}, at: new Date(), fingerprint: 'x' },
  ])
  await pool.query("UPDATE recipient SET email = 'lovelace@example.com' WHERE workspace_id = $1 AND id = 'ada'", [workspaceId])
  await index.remove('recipient', workspaceId, ['bob'])
  const { differences, total } = await check()
  expect(total).toBe(3)
  expect(differences).toEqual(
    expect.arrayContaining([
      { kind: 'notification', workspaceId, id: ghost, what: 'extra' },
      { kind: 'recipient', workspaceId, id: 'ada', what: 'other' },
      { kind: 'recipient', workspaceId, id: 'bob', what: 'missing' },
    ]),
  )
  expect(await rebuild()).toMatchObject({ removed: 1 })
  expect((await check()).total).toBe(0)
  expect((await index.search('recipient', workspaceId, { mode: 'words', text: 'lovelace', filters: {}, limit: 5 })).hits).toHaveLength(1)
})
