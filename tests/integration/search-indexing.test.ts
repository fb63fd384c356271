// The index worker when things go wrong: what could not be put is put later, and an older text never stands over a newer one.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPostgresIndex, IndexUnavailable, type SearchIndex } from '#platform/search-index/index.ts'
import { createHeldRows } from '#services/outbox/index.ts'
import { checkIndex, startIndexer, type Indexer } from '#services/search/index.ts'
import { newUuid } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiCall } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let index: SearchIndex
let workspace: { workspaceId: string; api: ApiCall }
let indexers: Indexer[] = []

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app, (file) => file.includes('recipients'))
  index = createPostgresIndex({ pool: platform.pool })
})
beforeEach(async () => {
  workspace = await addWorkspace()
})
afterEach(async () => {
  await Promise.all(indexers.map((indexer) => indexer.stop()))
  indexers = []
})
afterAll(async () => {
  await http?.close()
  await app?.close()
})

async function addWorkspace() {
  const { workspaceId, apiKey } = await platform.addWorkspace()
  return { workspaceId, api: createApiClient(http.url, apiKey).call }
}

/** Another process: the real index, with what it does about recipients changed. */
function startOn(changed: Partial<SearchIndex> = {}): void {
  const { pool, hot, log } = platform
  const owner = newUuid()
  const deps = { owner, pool, hot, log, held: createHeldRows(owner), embedder: undefined, busy: () => false }
  indexers.push(startIndexer({ ...deps, index: { ...index, ...changed } }))
}

const save = async (api: ApiCall, id: string, email: string): Promise<void> =>
  expect((await api('PUT', `/recipients/${id}`, { email })).status).toBeLessThan(300)
/** Recipients that are to be indexed; a first start asks for all causes as well. */
const waiting = async (workspaceId = workspace.workspaceId): Promise<{ suspect: boolean; error: string | null }[]> => {
  const text = "SELECT suspect, last_error AS error FROM outbox WHERE queue = 'index' AND lane = $1 AND cursor LIKE 'recipient %'"
  return (await platform.pool.query(text, [workspaceId])).rows
}
const indexed = (workspaceId?: string) => eventually(async () => (await waiting(workspaceId)).length === 0)
const found = async (text: string, workspaceId = workspace.workspaceId): Promise<string[]> =>
  (await index.search('recipient', workspaceId, { mode: 'words', text, filters: {}, limit: 5 })).hits.map(({ id }) => id)
const differences = async () => (await checkIndex({ pool: platform.pool, index, kinds: ['recipient'] })).differences

/** Fails as often as it is told, and takes note of it. */
function failing(error: () => Error) {
  const put = { failed: 0, failing: true }
  const changed: Partial<SearchIndex> = {
    async put(kind, of, documents) {
      if (kind !== 'recipient' || !put.failing) return index.put(kind, of, documents)
      put.failed++
      throw error()
    },
  }
  return { put, changed }
}

test('what the index did not take while it was away is put when it is back, without having been tried in vain', async () => {
  const { put, changed } = failing(() => new IndexUnavailable('test', new Error('away')))
  startOn(changed)
  await save(workspace.api, 'ada', 'lovelace@example.com')
  await save(workspace.api, 'bob', 'builder@example.com')
  await eventually(() => put.failed >= 2)
  expect((await waiting()).map(({ suspect }) => suspect)).toEqual([false, false])
  expect(await found('lovelace')).toEqual([])
  put.failing = false
  await indexed()
  expect([await found('lovelace'), await found('builder')]).toEqual([['ada'], ['bob']])
  expect(await differences()).toEqual([])
})

test('what failed by itself is tried again alone, says why, and its neighbours are put', async () => {
  const { put, changed } = failing(() => new Error('a word too many'))
  const bad = changed.put!
  startOn({
    put: (kind, of, documents) => (documents.some(({ id }) => id === 'bad') ? bad(kind, of, documents) : index.put(kind, of, documents)),
  })
  await save(workspace.api, 'bad', 'bad@example.com')
  await save(workspace.api, 'good', 'good@example.com')
  await eventually(async () => (await found('good')).length === 1 && put.failed >= 2)
  await eventually(async () => {
    expect(await waiting()).toEqual([{ suspect: true, error: 'a word too many' }])
    return true
  })
  put.failing = false
  await indexed()
  expect(await found('bad')).toEqual(['bad'])
  expect(await differences()).toEqual([])
})

test('what the index refused is asked of it again, and its neighbours are in at once', async () => {
  let refusals = 0
  let full = true
  startOn({
    async put(kind, of, documents) {
      const refused = kind === 'recipient' && full ? documents.filter(({ id }) => id === 'late') : []
      refusals += refused.length
      await index.put(
        kind,
        of,
        documents.filter((document) => !refused.includes(document)),
      )
      return refused.map(({ id }) => ({ id, reason: 'the disk is full' }))
    },
  })
  await save(workspace.api, 'late', 'late@example.com')
  await save(workspace.api, 'soon', 'soon@example.com')
  await eventually(async () => (await found('soon')).length === 1 && refusals >= 1)
  await eventually(async () => {
    expect(await waiting()).toEqual([{ suspect: true, error: expect.stringContaining('late: the disk is full') }])
    return true
  })
  full = false
  await indexed()
  expect(await found('late')).toEqual(['late'])
  expect(await differences()).toEqual([])
})

test('an older text is never put over a newer one: a workspace is worked on by one process at a time', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<undefined>()
  const other = await addWorkspace()
  let holding = false
  startOn({
    async put(kind, of, documents) {
      if (kind === 'recipient' && of === workspace.workspaceId && !holding) {
        holding = true
        await held
      }
      return index.put(kind, of, documents)
    },
  })
  try {
    await save(workspace.api, 'ada', 'older@example.com')
    await eventually(() => holding)
    // Read before this change, put after it.
    await save(workspace.api, 'ada', 'newer@example.com')
    startOn()
    await save(other.api, 'zoe', 'elsewhere@example.com')
    // The second process has been at work, and could have had both.
    await indexed(other.workspaceId)
    expect(await found('elsewhere', other.workspaceId)).toEqual(['zoe'])
  } finally {
    release(undefined)
  }
  await indexed()
  expect([await found('newer'), await found('older')]).toEqual([['ada'], []])
  expect(await differences()).toEqual([])
})
