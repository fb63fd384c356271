// Search by words over the whole path: what was made is found soon after, with its snippet, filters and states; what is gone is not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DocumentSearch, LetterSearch, NotificationSearch, SimilarCauses } from '#shared/contracts/search.ts'
import { newUuid, parsePublicId, publicId } from '#shared/ids.ts'
import { insertLetters } from '#services/dead-letters/index.ts'
import { transaction } from '#platform/postgres/index.ts'
import { runIndexing } from '../../workers/indexing.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { eventually } from '../support/eventually.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'
import { createApiClient, type ApiClient } from '../support/api-client.ts'

let path: PathHarness
let app: App
let http: HttpHarness
let api: ApiClient
let indexing: ReturnType<typeof runIndexing>

const bell = { id: 'bell', type: 'channel', channel: 'in-app', template: { title: '{{ data.title }}', body: '{{ data.body }}' } }
const mail = { id: 'mail', type: 'channel', channel: 'email', template: { subject: '{{ data.title }}', html: '<p>{{ data.body }}</p>' } }

const startIndexing = () => runIndexing(path, { owner: path.worker.owner, held: path.worker.handlers.held, busy: () => false })

beforeAll(async () => {
  path = await openPath()
  app = assembleApp({ ...path, close: () => Promise.resolve() })
  http = await serveRoutes(app, (file) => /v1.(search|notifications|recipients|events|dead-letters)/.test(file))
  api = createApiClient(http.url, path.apiKey)
  indexing = startIndexing()
  await path.addWorkflow('billing', 'invoice.declined', [bell, mail])
  await path.addWorkflow('news', 'parser.mended', [bell])
  const events = [
    {
      type: 'invoice.declined',
      recipients: [{ id: 'ada', email: 'ada@example.com' }],
      data: { title: 'Your payment was declined', body: 'The bank refused the card for invoice 1007. <b>Please</b> choose another one.' },
    },
    {
      type: 'invoice.declined',
      recipients: [{ id: 'bob', email: 'bob@example.com' }],
      data: { title: 'Your payment was declined', body: 'The bank refused the card for invoice 2008.' },
    },
    {
      type: 'parser.mended',
      recipients: ['ada'],
      data: { title: 'Fix the parser', body: 'Merged: <script>alert(1)</script> tokens are received in order.' },
    },
  ]
  for (const event of events) await path.ended(await path.send(event))
  await indexed()
})

afterAll(async () => {
  await indexing?.close()
  await http.close()
  await app.close()
  await path.close()
})

/** Resolves when nothing waits to be indexed. */
const indexed = () => eventually(async () => (await path.pool.query("SELECT 1 FROM outbox WHERE kind = 'index'")).rows.length === 0)

async function search(query: Record<string, string>, expected = 200): Promise<NotificationSearch> {
  const { status, body } = await api.get<NotificationSearch>(`/notifications/search?${new URLSearchParams(query)}`)
  expect(status, JSON.stringify(body)).toBe(expected)
  return body
}

async function searchKind(kind: string, q: string, more: Record<string, string> = {}): Promise<DocumentSearch> {
  const { status, body } = await api.get<DocumentSearch>(`/search?${new URLSearchParams({ kind, q, ...more })}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}

describe('notifications', () => {
  test('are found by words in title and text, with the words marked', async () => {
    const { items, mode, note, complete } = await search({ q: 'card invoice 1007' })
    expect(items.map((item) => [item.recipientId, item.channel]).sort()).toEqual([
      ['ada', 'email'],
      ['ada', 'in-app'],
    ])
    expect({ mode, note, complete }).toEqual({ mode: 'words', note: null, complete: true })
    const { text, marks } = items[0]!.snippet
    expect(marks.map(([from, to]) => text.slice(from, to))).toEqual(['card', 'invoice', '1007'])
    expect(items[0]!.score).toBeGreaterThan(0)
  })

  test('a snippet is plain text: what stood in the message is not markup', async () => {
    const { items } = await search({ q: 'tokens' })
    expect(items[0]!.snippet.text).toBe('Merged: <script>alert(1)</script> tokens are received in order.')
  })

  test('filters hold together with the words', async () => {
    const ids = async (query: Record<string, string>) =>
      (await search({ q: 'declined', ...query })).items.map((item) => `${item.recipientId} ${item.channel}`).sort()
    expect(await ids({ recipient: 'bob' })).toEqual(['bob email', 'bob in-app'])
    expect(await ids({ channel: 'email' })).toEqual(['ada email', 'bob email'])
    expect(await ids({ workflow: 'news' })).toEqual([])
    expect(await ids({ state: 'delivered', channel: 'in-app' })).toEqual(['ada in-app', 'bob in-app'])
    expect(await ids({ state: 'dead' })).toEqual([])
    expect(await ids({ to: '2020-01-01' })).toEqual([])
    expect(await ids({ from: '2120-01-01' })).toEqual([])
    expect(await ids({ from: '2020-01-01', channel: 'email' })).toEqual(['ada email', 'bob email'])
  })

  test('a word with a mistake finds what was meant, and the answer says so', async () => {
    const { items, corrected } = await search({ q: 'recieved tokns' })
    expect(items.map((item) => item.subject)).toEqual(['Fix the parser'])
    expect(corrected).toMatchObject({ recieved: ['received'], tokns: ['tokens'] })
  })

  test('words that never stand together find the nearest there is', async () => {
    const { items } = await search({ q: 'declined parser' })
    expect(new Set(items.map((item) => item.subject))).toEqual(new Set(['Your payment was declined', 'Fix the parser']))
  })

  test('meaning that cannot be had is said to be words', async () => {
    const { mode, note } = await search({ q: 'declined', mode: 'meaning' })
    expect(mode).toBe('words')
    expect(note).toMatch(/by words/)
  })

  test('a query without a word is refused', async () => {
    await search({ q: '!!!' }, 422)
  })

  test('another workspace finds nothing of it', async () => {
    const other = await path.addWorkspace()
    const { body } = await createApiClient(http.url, other.apiKey).get<NotificationSearch>('/notifications/search?q=declined')
    expect(body.items).toEqual([])
  })
})

describe('recipients', () => {
  test('are found by address and attributes, and not after they were changed', async () => {
    await api.put('/recipients/grace', { email: 'hopper@navy.example', attributes: { team: 'compilers' } })
    await indexed()
    expect((await searchKind('recipient', 'hopper')).items).toMatchObject([{ kind: 'recipient', id: 'grace', eventId: null }])
    expect((await searchKind('recipient', 'compilers')).items).toHaveLength(1)
    await api.put('/recipients/grace', { email: 'grace@example.com' })
    await indexed()
    expect((await searchKind('recipient', 'hopper')).items).toEqual([])
  })

  test('leave the index with all that was theirs, the vocabulary among it', async () => {
    await api.put('/recipients/zebediah', { email: 'zebediah@example.com' })
    await path.ended(await path.send({ type: 'parser.mended', recipients: ['zebediah'], data: { title: 'Zebediahs own', body: 'quokka' } }))
    await indexed()
    expect((await search({ q: 'quokka' })).items).toHaveLength(1)
    expect((await api.delete('/recipients/zebediah')).status).toBe(204)
    await indexed()
    expect((await search({ q: 'quokka' })).items).toEqual([])
    expect((await searchKind('recipient', 'zebediah')).items).toEqual([])
    const { rows } = await path.pool.query(
      `SELECT (SELECT count(*) FROM search.word WHERE word LIKE 'zebedia%' OR word = 'quokka') + (SELECT count(*) FROM search.notification_document WHERE words @@ 'quokka')
         + (SELECT count(*) FROM search.recipient_document WHERE id = 'zebediah') AS left`,
    )
    expect(Number(rows[0].left)).toBe(0)
  })

  test('a key without their scope may not search them', async () => {
    const other = await path.addWorkspace()
    await path.pool.query("UPDATE api_key SET scopes = '{events:read}' WHERE workspace_id = $1", [other.workspaceId])
    const { status } = await createApiClient(http.url, other.apiKey).get('/search?kind=recipient&q=ada')
    expect(status).toBe(403)
  })
})

describe('dead letters', () => {
  test('are found by their errors, their causes by what they say and by what is alike', async () => {
    const eventId = await path.send({ type: 'quiet.event', data: {} })
    const letter = (errorCode: string, error: string) => ({
      workspaceId: path.workspaceId,
      kind: 'delivery-exhausted' as const,
      eventId,
      deliveryId: null,
      channel: 'webhook',
      attempts: 3,
      errorCode,
      error,
      where: 'test',
    })
    await transaction(path.pool, (client) =>
      insertLetters(client, [
        letter('connection-refused', 'connection refused by the webhook endpoint'),
        letter('connection-lost', 'connection lost while the webhook endpoint answered'),
        letter('template', 'unknown filter moneyfy in the template'),
      ]),
    )
    await indexed()
    const { items } = await searchKind('dead-letter', 'moneyfy')
    expect(items).toMatchObject([
      { kind: 'dead-letter', title: 'unknown filter moneyfy in the template', eventId: publicId('event', eventId) },
    ])
    const moneyfied = async (more: Record<string, string>) => (await searchKind('dead-letter', 'moneyfy', more)).items.length
    expect(await moneyfied({ channel: 'webhook' })).toBe(1)
    expect(await moneyfied({ channel: 'email' })).toBe(0)
    expect(await moneyfied({ recipient: 'ada' })).toBe(0)
    expect(await moneyfied({ workflow: 'news' })).toBe(0)
    const causes = (await searchKind('cause', 'refused')).items
    expect(causes).toHaveLength(1)
    expect(causes[0]).toMatchObject({ letters: { open: 1, total: 1 } })
    const noted = (open: number) =>
      path.pool.query('INSERT INTO cause_delta (cause_id, letters, open_letters) VALUES ($1, 0, $2)', [
        parsePublicId('cause', causes[0]!.id),
        open,
      ])
    await noted(-1)
    expect((await searchKind('cause', 'refused')).items, 'closed, and still counted').toMatchObject([{ letters: { open: 0, total: 1 } }])
    await noted(1)
    const { body } = await api.get<SimilarCauses>(`/dead-letters/causes/${causes[0]!.id}/similar`)
    expect(body.items[0]).toMatchObject({ errorCode: 'connection-lost' })
    expect(body.items.map((item) => item.id)).not.toContain(causes[0]!.id)
    expect((await api.get(`/dead-letters/causes/${publicId('cause', newUuid())}/similar`)).status).toBe(404)
    const letters = async (query: string) => (await api.get<LetterSearch>(`/dead-letters/search?${query}`)).body.items
    expect(await letters('q=moneyfy&state=open&channel=webhook')).toMatchObject([
      { id: items[0]!.id, state: 'open', error: { code: 'template' }, snippet: { marks: [[15, 22]] } },
    ])
    expect(await letters('q=moneyfy&state=replayed')).toEqual([])
    for (const filter of ['channel=email', 'recipient=ada', 'workflow=news', 'from=2120-01-01', 'to=2020-01-01'])
      expect([filter, await letters(`q=moneyfy&${filter}`)]).toEqual([filter, []])
  })

  test('the field guide is found by what goes wrong', async () => {
    expect((await searchKind('article', 'certificate expired')).items[0]).toMatchObject({ id: 'tls-failed' })
  })
})

test('one row of the outbox for all notifications of a fan-out; none for endpoints alone', async () => {
  await indexing.close()
  await path.addEndpoint({ eventTypes: ['hook.only'] })
  await path.ended(await path.send({ type: 'hook.only', data: {} }))
  const rows = async () =>
    (await path.pool.query("SELECT cardinality(subjects) AS n FROM outbox WHERE kind = 'index' AND cursor = 'notification'")).rows
  expect(await rows()).toEqual([])
  await path.ended(await path.send({ type: 'invoice.declined', recipients: ['ada', 'bob', 'grace'], data: { title: 'Again', body: 'x' } }))
  expect(await rows()).toEqual([{ n: 6 }])
  // Counted once a second for all that search.
  await eventually(async () => (await search({ q: 'declined', limit: '1' })).lag.documents >= 6)
  indexing = startIndexing()
  await indexed()
})
