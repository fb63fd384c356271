// Recipients and their preferences over HTTP, against a real Postgres.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publicId } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { addInboxItems } from '../support/add-inbox-items.ts'
import { createApiClient, type ApiAnswer, type ApiCall } from '../support/api-client.ts'
import { createPathRows } from '../support/path-rows.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let call: ApiCall
beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app)
  call = createApiClient(http.url, platform.apiKey).call
})
afterAll(async () => {
  await http.close()
  await app.close()
})

const profile = {
  email: 'ada@example.com',
  phone: '+4930123456',
  locale: 'en',
  timeZone: 'Europe/Berlin',
  attributes: { plan: 'pro', tags: ['a'] },
}

describe('a recipient', () => {
  it('is created, then replaced: what is left out is removed', async () => {
    const made = await call('PUT', '/recipients/ada', profile)
    expect(made).toMatchObject({ status: 201, body: { id: 'ada', ...profile } })
    const replaced = await call('PUT', '/recipients/ada', { email: 'ada@new.example', phone: null })
    expect(replaced).toMatchObject({
      status: 200,
      body: { email: 'ada@new.example', phone: null, locale: null, timeZone: null, attributes: {} },
    })
    expect(replaced.body.createdAt).toBe(made.body.createdAt)
    expect(replaced.body.updatedAt >= made.body.updatedAt).toBe(true)
    expect((await call('GET', '/recipients/ada')).body).toEqual(replaced.body)
    expect((await call('PUT', '/recipients/ada', {})).body).toMatchObject({ email: null })
  })

  it.each(['user/7ü@x', 'a%2Fb', '日本', 'batch', "x');DROP/**/TABLE/**/recipient;--"])('may be called %s', async (id) => {
    const path = `/recipients/${encodeURIComponent(id)}`
    expect(await call('PUT', path, {})).toMatchObject({ status: 201, body: { id } })
    expect(await call('GET', path)).toMatchObject({ status: 200, body: { id } })
    expect((await call('DELETE', path)).status).toBe(204)
  })

  it.each([
    ['/email', { email: 'a@b.c\r\nBcc: all@example.com' }],
    ['/email', { email: 'a@b.c, d@e.f' }],
    ['/email', { email: `${'a'.repeat(64)}@${'b'.repeat(190)}` }],
    ['/phone', { phone: '1'.repeat(33) }],
    ['/locale', { locale: 'not a locale' }],
    ['/timeZone', { timeZone: 'Mars/Olympus' }],
    ['/attributes', { attributes: { big: 'x'.repeat(16_384) } }],
    ['/attributes', { attributes: [] }],
    ['/colour', { colour: 'red' }],
  ])('is refused at %s', async (path, body) => {
    expect(await call('PUT', '/recipients/refused', body)).toMatchObject({ status: 422, body: { errors: [{ path }] } })
    expect((await call('GET', '/recipients/refused')).status).toBe(404)
  })

  it.each(['a b', 'a\u0000b', 'a\nb', 'x'.repeat(129)])('cannot be called %j', async (id) => {
    const path = `/recipients/${encodeURIComponent(id)}`
    expect((await call('PUT', path, {})).status).toBe(422)
    expect((await call('GET', path)).status).toBe(404)
  })

  it('of another workspace is unknown, and the same id there is somebody else', async () => {
    const other = await platform.addWorkspace()
    await call('PUT', '/recipients/mine', profile)
    for (const [method, path] of [
      ['GET', '/recipients/mine'],
      ['DELETE', '/recipients/mine'],
      ['GET', '/recipients/mine/preferences'],
    ] as const) {
      expect((await call(method, path, undefined, other.apiKey)).status).toBe(404)
    }
    expect((await call('PUT', '/recipients/mine', {}, other.apiKey)).status).toBe(201)
    expect((await call('GET', '/recipients/mine')).body.email).toBe(profile.email)
    expect((await call('GET', '/recipients', undefined, other.apiKey)).body.items).toHaveLength(1)
  })

  it('leaves nothing behind but records of what was sent', async () => {
    await call('PUT', '/recipients/gone', profile)
    await call('PUT', '/recipients/gone/preferences', { channels: { email: false } })
    await call('PUT', '/topics/leavers', { name: 'Leavers' })
    await call('PUT', '/topics/leavers/members/gone')
    await addInboxItems(platform.pool, platform.workspaceId, 'gone', 3)
    expect((await call('DELETE', '/recipients/gone')).status).toBe(204)
    expect((await call('DELETE', '/recipients/gone')).status).toBe(404)
    expect((await call('GET', '/topics/leavers/members')).body.items).toEqual([])
    for (const table of ['preference', 'topic_member', 'inbox_sequence', 'notification']) {
      const { rows } = await platform.pool.query(`SELECT FROM ${table} WHERE recipient_id = 'gone'`)
      expect([table, rows.length]).toEqual([table, 0])
    }
    // The next one of this id starts with an inbox of its own.
    expect(await addInboxItems(platform.pool, platform.workspaceId, 'gone', 1)).toMatchObject([{ sequence: 1 }])
  })
})

it('that was deleted gets no message of then again', async () => {
  await call('PUT', '/recipients/former', {})
  const path = createPathRows(platform)
  const event = await path.accept({ type: 'a.b', recipients: ['former'] })
  const [written] = await path.fanOut(event, [
    { channel: 'in-app', recipientId: 'former', content: { title: 'Hello', body: '', url: null } },
  ])
  await call('DELETE', '/recipients/former')
  expect(await call('POST', `/deliveries/${publicId('delivery', written!.deliveryId)}/resend`, { reason: 'again' })).toMatchObject({
    status: 409,
    body: { detail: 'Its message was deleted with its recipient.' },
  })
})

describe('the list', () => {
  it('goes by id, page by page, each once', async () => {
    const { apiKey } = await platform.addWorkspace()
    const ids = Array.from({ length: 7 }, (_, i) => `p${i}`)
    await call('POST', '/recipients/batch', { recipients: ids.map((id) => ({ id })) }, apiKey)
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { body }: ApiAnswer = await call('GET', `/recipients?limit=3${cursor && `&cursor=${cursor}`}`, undefined, apiKey)
      seen.push(...body.items.map((item: { id: string }) => item.id))
      cursor = body.nextCursor
    }
    expect(seen).toEqual(ids)
  })

  it('filters by address and by age', async () => {
    await call('PUT', '/recipients/found', { email: 'found@example.com' })
    const ids = async (query: string) => (await call('GET', `/recipients?${query}`)).body.items.map((item: { id: string }) => item.id)
    expect(await ids('address=found@example.com')).toEqual(['found'])
    expect(await ids('address=found@example.com&to=2020-01-01T00:00:00Z')).toEqual([])
    expect(await ids('address=found@example.com&from=2020-01-01T00:00:00Z')).toEqual(['found'])
  })

  it.each(['limit=0', 'cursor=%00', 'cursor=AA', 'from=yesterday', 'colour=red'])('refuses ?%s', async (query) => {
    expect((await call('GET', `/recipients?${query}`)).status).toBe(422)
  })
})

describe('a batch', () => {
  it('answers each item, and a bad one refuses no other', async () => {
    await call('PUT', '/recipients/b1', profile)
    const recipients = [
      { id: 'b1', email: 'b1@example.com' },
      { id: 'b2', email: 'not an address' },
      'b3',
      { id: 'b4' },
      { id: 'b4', locale: 'de' },
    ]
    const { status, body } = await call('POST', '/recipients/batch', { recipients })
    expect(status).toBe(200)
    expect(body.items).toMatchObject([
      { index: 0, id: 'b1', status: 'updated' },
      { index: 1, status: 'rejected', problem: { status: 422, errors: [{ path: '/email' }] } },
      { index: 2, status: 'rejected', problem: { status: 422 } },
      { index: 3, id: 'b4', status: 'created' },
      { index: 4, id: 'b4', status: 'updated' },
    ])
    expect((await call('GET', '/recipients/b1')).body).toMatchObject({ email: 'b1@example.com', phone: null, attributes: {} })
    expect((await call('GET', '/recipients/b4')).body.locale).toBe('de')
    expect((await call('GET', '/recipients/b2')).status).toBe(404)
  })

  it('takes a thousand, also several at once over the same ids, and not one more', async () => {
    const recipients = Array.from({ length: 1_000 }, (_, i) => ({ id: `many-${i}`, email: `many-${i}@example.com` }))
    const answers = await Promise.all(
      [recipients, recipients.toReversed(), recipients].map((list) => call('POST', '/recipients/batch', { recipients: list })),
    )
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
    const statuses = answers.flatMap((answer) => answer.body.items.map((item: { status: string }) => item.status))
    expect(statuses.filter((status) => status === 'created')).toHaveLength(1_000)
    expect((await call('POST', '/recipients/batch', { recipients: [...recipients, { id: 'x' }] })).status).toBe(422)
    expect((await call('POST', '/recipients/batch', { recipients: [] })).status).toBe(422)
  })
})

describe('preferences', () => {
  const wanted = {
    channels: { email: false },
    workflows: { weekly: { enabled: true, channels: { email: true } } },
    quietHours: { from: '22:00', to: '07:00' },
  }

  it('are replaced as a whole, and empty while nothing was said', async () => {
    await call('PUT', '/recipients/quiet', {})
    const empty = { channels: {}, workflows: {}, quietHours: null }
    expect(await call('GET', '/recipients/quiet/preferences')).toMatchObject({ status: 200, body: empty })
    expect(await call('PUT', '/recipients/quiet/preferences', wanted)).toMatchObject({ status: 200, body: wanted })
    expect((await call('GET', '/recipients/quiet/preferences')).body).toEqual(wanted)
    expect((await call('PUT', '/recipients/quiet/preferences', {})).body).toEqual(empty)
    expect((await call('GET', '/recipients/nobody/preferences')).status).toBe(404)
  })

  it('make a recipient whose profile an event accepted earlier may still bring', async () => {
    await call('PUT', '/recipients/named/preferences', wanted)
    const { body } = await call('GET', '/recipients/named')
    expect(body).toMatchObject({ id: 'named', email: null })
    expect(body.updatedAt).toBe(body.createdAt)
    const { rows } = await platform.pool.query("SELECT updated_at < now() - interval '1 year' AS old FROM recipient WHERE id = 'named'")
    expect(rows).toEqual([{ old: true }])
  })

  it.each([
    { quietHours: { from: '25:00', to: '07:00' } },
    { quietHours: { from: '07:00', to: '07:00' } },
    { quietHours: { from: '07:00' } },
    { channels: { webhook: false } },
    { channels: { email: 'no' } },
    { workflows: { weekly: false } },
    { mood: 'bad' },
  ])('refuse %j', async (body) => {
    expect((await call('PUT', '/recipients/quiet/preferences', body)).status).toBe(422)
  })
})
