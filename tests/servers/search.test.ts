// Search on Weaviate and the embedding service as they are: a paraphrase that words miss, and both servers killed in the middle.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSearchIndex, type SearchIndex } from '#platform/search-index/index.ts'
import { checkIndex, createSearch } from '#services/search/index.ts'
import type { NotificationSearch } from '#shared/contracts/search.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { startEmbedder, type RunningEmbedder } from '../../tools/servers/embedder.ts'
import { runIndexing } from '../../workers/indexing.ts'
import { createApiClient, type ApiClient } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'
import { startWeaviate, type RealWeaviate } from '../support/real-servers.ts'

let weaviate: RealWeaviate
let embedder: RunningEmbedder
let path: PathHarness
let app: App
let http: HttpHarness
let api: ApiClient
let index: SearchIndex
let indexing: ReturnType<typeof runIndexing>

const bell = { id: 'bell', type: 'channel', channel: 'in-app', template: { title: '{{ data.title }}', body: '{{ data.body }}' } }
const patience = { timeoutMs: 100_000 }

beforeAll(async () => {
  weaviate = await startWeaviate()
  embedder = await startEmbedder({ say: console.log })
  path = await openPath({
    environment: {
      WEAVIATE_URL: weaviate.url,
      WEAVIATE_GRPC_URL: weaviate.grpcUrl,
      WEAVIATE_API_KEY: weaviate.apiKey,
      EMBEDDER_URL: `http://127.0.0.1:${embedder.port}`,
    },
  })
  app = assembleApp({ ...path, close: () => Promise.resolve() })
  http = await serveRoutes(app, (file) => /v1.(search|notifications)/.test(file))
  api = createApiClient(http.url, path.apiKey)
  index = openSearchIndex(path)
  indexing = runIndexing(path, { owner: path.worker.owner, held: path.worker.handlers.held, busy: () => false })
  await path.addWorkflow('news', 'news.told', [bell])
}, 600_000)

afterAll(async () => {
  await indexing?.close()
  await index?.close()
  await http?.close()
  await app?.close()
  await path?.close()
  await embedder?.stop()
  await weaviate?.stop()
})

const tell = (title: string, body: string) => path.send({ type: 'news.told', recipients: ['ada'], data: { title, body } })
const waiting = async (): Promise<number> => (await path.pool.query("SELECT count(*)::int AS n FROM outbox WHERE kind = 'index'")).rows[0].n
const indexed = () => eventually(async () => (await waiting()) === 0, patience)
const ask = async (query: Record<string, string>) => api.get<NotificationSearch>(`/notifications/search?${new URLSearchParams(query)}`)

describe('meaning', () => {
  test('finds a paraphrase that words miss', async () => {
    for (const [title, body] of [
      ['Your payment was declined', 'The bank refused the transaction.'],
      ['Fix the parser', 'A pull request was merged into the main branch.'],
      ['Storm warning', 'Heavy rain is expected in the north.'],
      ['Welcome aboard', 'Your account is ready to use.'],
    ])
      await path.ended(await tell(title!, body!))
    await indexed()
    const paraphrase = 'credit card charge rejected'
    expect((await ask({ q: paraphrase, mode: 'words' })).body.items).toEqual([])
    const { body } = await ask({ q: paraphrase, mode: 'meaning' })
    expect(body.mode).toBe('meaning')
    expect(body.items[0]!.subject).toBe('Your payment was declined')
    expect((await ask({ q: paraphrase })).body).toMatchObject({ mode: 'hybrid', items: [{ subject: 'Your payment was declined' }] })
  })

  test('is weighed against words by alpha', async () => {
    const first = async (alpha: string) =>
      (await ask({ q: 'storm credit card charge rejected', mode: 'hybrid', alpha })).body.items[0]!.subject
    expect([await first('0'), await first('1')]).toEqual(['Storm warning', 'Your payment was declined'])
  })

  test('hides no number among all those that mean the same', async () => {
    const numbers = Array.from({ length: 160 }, (_, i) => 40_100 + i)
    await Promise.all(numbers.map(async (number) => path.ended(await tell(`Order ${number} was shipped`, 'It is on its way to you.'))))
    await indexed()
    const { body } = await ask({ q: 'order 40177' })
    expect(body.mode).toBe('hybrid')
    expect(body.items[0]!.subject).toBe('Order 40177 was shipped')
    // Words count more where a number was asked for, and less where not.
    const scores = async (query: Record<string, string>) => (await ask(query)).body.items.map(({ id, score }) => [id, score])
    const [naming, saying] = [{ q: 'order 40177' }, { q: 'on its way' }]
    expect(await scores(naming)).toEqual(await scores({ ...naming, alpha: '0.25' }))
    expect(await scores(naming)).not.toEqual(await scores({ ...naming, alpha: '0.75' }))
    expect(await scores(saying)).toEqual(await scores({ ...saying, alpha: '0.75' }))
  })

  test('of an instance without an embedding service is words, which the answer says to whoever asked for more', async () => {
    const search = createSearch({ pool: path.pool, index, embedder: undefined })
    const asked = { q: 'payment declined', alpha: 0.5, limit: 5 }
    for (const mode of ['meaning', 'hybrid', 'words', undefined] as const) {
      const { items, ...told } = await search.notifications(path.workspaceId, { ...asked, mode }, { masked: false })
      expect(items[0]!.subject, mode).toBe('Your payment was declined')
      const note = mode === 'meaning' || mode === 'hybrid' ? 'This instance has no embedding service: searched by words.' : null
      expect(told, mode).toMatchObject({ mode: 'words', note })
    }
  })

  test('without the embedding service it is words, which the answer says; what came meanwhile gets its meaning later', async () => {
    const { port } = embedder
    embedder.kill()
    await embedder.exited
    await path.ended(await tell('The invoice is overdue', 'Please settle the amount.'))
    await eventually(async () => (await ask({ q: 'overdue', mode: 'words' })).body.items.length === 1, patience)
    const { body } = await ask({ q: 'overdue', mode: 'meaning' })
    expect(body.mode).toBe('words')
    expect(body.note).toMatch(/embedding service/)
    embedder = await startEmbedder({ port, say: console.log })
    await indexed()
    await eventually(
      async () => (await ask({ q: 'you owe us money', mode: 'meaning' })).body.items[0]?.subject === 'The invoice is overdue',
      patience,
    )
  })
})

describe('Weaviate killed while it indexes', () => {
  test('search answers 503, deliveries go on, and afterwards the index is as the tables are', async () => {
    const before = (await checkIndex({ pool: path.pool, index })).documents
    const sent = Array.from({ length: 150 }, (_, i) => tell(`Number ${i}`, `Word${i} among others`))
    await Promise.all(sent)
    // In the middle: some are in, some are not.
    await eventually(async () => (await index.scan('notification', path.workspaceId, null, 100)).ids.length > 10, patience)
    await weaviate.kill()
    const { status, headers } = await ask({ q: 'number', mode: 'words' })
    expect(status).toBe(503)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    await path.ended(await tell('Delivered all the same', 'Nobody waits for search.'))
    await weaviate.restart()
    await indexed()
    await eventually(async () => (await ask({ q: 'nobody waits', mode: 'words' })).body.items.length === 1, patience)
    const report = await checkIndex({ pool: path.pool, index })
    expect(report).toMatchObject({ total: 0, differences: [], waiting: 0 })
    expect(report.documents).toBeGreaterThanOrEqual(before + 151)
  })
})
