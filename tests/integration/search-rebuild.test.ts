// The index against the tables: the checker names every difference, the rebuild leaves none.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPostgresIndex, documentKinds, type SearchIndex } from '#platform/search-index/index.ts'
import { checkIndex, createSearch, rebuildIndex, type RebuildProgress } from '#services/search/index.ts'
import { newUuid } from '#shared/ids.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let index: SearchIndex

beforeAll(async () => {
  platform = await openTestPlatform()
  index = createPostgresIndex({ pool: platform.pool })
  const other = await platform.addWorkspace()
  for (const workspaceId of [platform.workspaceId, other.workspaceId]) {
    const letter = newUuid()
    const cause = newUuid()
    await platform.pool.query(
      `INSERT INTO cause (id, workspace_id, fingerprint, title, kind, error_code, letters, open_letters, channels, sample_id)
       VALUES ($2, $1, 'mailbox', 'mailbox refused', 'delivery-exhausted', 'smtp-550', 1, 1, '{email}', $3)`,
      [workspaceId, cause, letter],
    )
    await platform.pool.query(
      `INSERT INTO dead_letter (workspace_id, id, kind, cause_id, event_id, event_type, delivery_id, channel, error_code, error_message, attempts, snapshot)
       VALUES ($1, $2, 'delivery-exhausted', $3, gen_random_uuid(), 'news.told', gen_random_uuid(), 'email', 'smtp-550', 'no such mailbox', 3, '{}')`,
      [workspaceId, letter, cause],
    )
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

/** One that is in the tables, of each kind. */
async function oneOf(kind: (typeof documentKinds)[number]): Promise<{ workspaceId: string; id: string }> {
  for (const workspaceId of await index.workspaces(kind)) {
    const [id] = (await index.scan(kind, workspaceId, null, 1)).ids
    if (id !== undefined) return { workspaceId, id }
  }
  throw new Error(`There is no ${kind}.`)
}

test.each(documentKinds)('the checker sees what is missing, other and extra of %s', async (kind) => {
  expect((await check()).total).toBe(0)
  const { workspaceId, id } = await oneOf(kind)
  const differences = async () => (await check()).differences
  const old = { id, title: 'Old', body: '', names: '', filters: {}, at: new Date(), fingerprint: 'old' }
  await index.put(kind, workspaceId, [old])
  expect(await differences()).toEqual([{ kind, workspaceId, id, what: 'other' }])
  await index.remove(kind, workspaceId, [id])
  expect(await differences()).toEqual([{ kind, workspaceId, id, what: 'missing' }])
  const ghost = newUuid()
  await index.put(kind, workspaceId, [{ ...old, id: ghost }])
  expect(await differences()).toHaveLength(2)
  expect(await rebuild()).toMatchObject({ removed: 1 })
})

test('what stands in another workspace, or in one that is gone, is extra, is never answered, and is taken out', async () => {
  const { pool } = platform
  const kind = 'notification'
  const [mine, theirs] = await index.workspaces(kind)
  const [id] = (await index.scan(kind, mine!, null, 1)).ids
  const gone = newUuid()
  const stray = { id: id!, title: 'Astray', body: '', names: '', filters: {}, at: new Date(), fingerprint: 'x' }
  for (const workspaceId of [theirs!, gone]) await index.put(kind, workspaceId, [stray])
  const search = createSearch({ pool, index, embedder: undefined })
  const asked = { kind, q: 'astray', limit: 5, alpha: 0.5 } as const
  for (const workspaceId of [mine!, theirs!, gone])
    expect((await search.documents(workspaceId, asked, { masked: false })).items).toEqual([])
  const { differences } = await check()
  expect(differences).toHaveLength(2)
  expect(differences).toEqual(expect.arrayContaining([theirs, gone].map((workspaceId) => ({ kind, workspaceId, id, what: 'extra' }))))
  expect(await rebuild()).toMatchObject({ removed: 2 })
  expect((await check()).total).toBe(0)
})

test('pages beyond the first are rebuilt and checked to the last document', async () => {
  const { pool, workspaceId } = platform
  const more = 1_203
  await pool.query(
    `INSERT INTO notification (workspace_id, id, event_id, delivery_id, recipient_id, workflow_key, workflow_version, step_id, channel, subject, content)
     SELECT $1, (lpad(to_hex(1790000000000 + n), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid, gen_random_uuid(), gen_random_uuid(), 'ada', 'news', 1, 'bell', 'in-app', 'More ' || n, '{"title":"More"}'
     FROM generate_series(1, ${more}) n`,
    [workspaceId],
  )
  expect((await check()).total).toBe(more)
  await rebuild()
  expect((await check()).total).toBe(0)
  const scanned = async () =>
    (await index.search('notification', workspaceId, { mode: 'words', text: `more ${more}`, filters: {}, limit: 5 })).hits
  expect(await scanned()).toHaveLength(1)
  // The last page of each: the newest are gone from the tables, and from the index after the next rebuild.
  await pool.query("DELETE FROM notification WHERE workspace_id = $1 AND subject LIKE 'More %'", [workspaceId])
  const after = await check()
  expect(after.total).toBe(more)
  expect(new Set(after.differences.map(({ what }) => what))).toEqual(new Set(['extra']))
  expect(await rebuild()).toMatchObject({ removed: more })
  expect((await check()).total).toBe(0)
})

test('what changes while its page is on its way is in the index as it is, not as it was', async () => {
  const { pool, workspaceId } = platform
  let changed = 0
  const racing: SearchIndex = {
    ...index,
    async beginRebuild(kind) {
      const begun = await index.beginRebuild(kind)
      return {
        ...begun,
        async put(of, documents) {
          // Twice: what is read again may have changed again.
          if (kind === 'recipient' && of === workspaceId && changed < 2)
            await pool.query("UPDATE recipient SET email = $2 WHERE workspace_id = $1 AND id = 'ada'", [
              of,
              `changed${++changed}@example.com`,
            ])
          return begun.put(of, documents)
        },
      }
    },
  }
  await rebuildIndex({ pool, index: racing, embedder: undefined, kinds: ['recipient'] })
  expect(changed).toBe(2)
  expect((await check()).total).toBe(0)
})
