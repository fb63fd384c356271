// Sending events in, as the contract says it: answers, idempotency, batches, CloudEvents, schedules, expiry, cancelling.
import { describe, expect, test } from 'vitest'
import { operationsNotCalled } from '../support/checked-api.ts'
import { useProduct } from '../support/contract-product.ts'

const at = useProduct()
const { api, reached } = at
const raw = (body: string | Uint8Array, headers: Record<string, string>, path = '/events') =>
  fetch(`${at.product.url}/api/v1${path}`, {
    method: 'POST',
    body: body as string,
    headers: { authorization: `Bearer ${at.product.apiKey}`, ...headers },
  })
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString()

describe('an event', () => {
  test('is answered with its id, Location, and nothing else', async () => {
    const answer = await api('POST', '/events', { type: 'pull_request.opened', recipients: ['u1'] })
    expect(answer.status).toBe(202)
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      status: 'accepted',
      acceptedAt: expect.stringMatching(/Z$/),
    })
    expect(answer.headers.get('location')).toBe(`/api/v1/events/${answer.body.id}`)
    expect((await api('GET', answer.headers.get('location')!.replace('/api/v1', ''))).body.id).toBe(answer.body.id)
  })

  test('can be read with everything it made', async () => {
    const sent = {
      type: 'pull_request.opened',
      recipients: [{ id: 'ada', email: 'ada@example.com' }],
      data: { title: 'One', nested: { list: [1, null, 'x'] } },
      source: 'github',
      subject: 'repo/7',
      audience: 'customer-42',
      priority: 'high',
    }
    const { body: accepted } = await api('POST', '/events', sent)
    const event = await reached(accepted.id, ['completed'])
    expect(event).toMatchObject({ ...sent, id: accepted.id, acceptedAt: accepted.acceptedAt, state: 'completed' })
    expect(event.notifications).toHaveLength(2)
    for (const notification of event.notifications) {
      expect(notification).toMatchObject({
        id: expect.stringMatching(/^ntf_/),
        recipientId: 'ada',
        workflowKey: 'welcome',
        state: 'delivered',
        deliveryId: expect.stringMatching(/^dlv_/),
      })
      const delivery = event.deliveries.find((each: any) => each.id === notification.deliveryId)
      expect(delivery).toMatchObject({
        channel: notification.channel,
        recipientId: 'ada',
        endpointId: null,
        state: 'delivered',
        nextAttemptAt: null,
        reason: null,
      })
      if (delivery.channel === 'email') {
        expect(delivery.attempts).toEqual([
          {
            number: 1,
            startedAt: expect.any(String),
            durationMs: expect.any(Number),
            outcome: 'delivered',
            statusCode: expect.any(Number),
            error: null,
          },
        ])
      }
    }
  })

  test('that is in the past of its schedule goes at once, and one for later can be cancelled', async () => {
    const { body: past } = await api('POST', '/events', { type: 'nobody.listens', scheduledAt: '2020-01-01T00:00:00Z' })
    await reached(past.id, ['unmatched'])
    const { body: later } = await api('POST', '/events', { type: 'pull_request.opened', recipients: ['u1'], scheduledAt: inSeconds(3_600) })
    expect((await api('GET', `/events/${later.id}`)).body).toMatchObject({ state: 'scheduled', notifications: [], deliveries: [] })
    expect((await api('GET', '/ledger')).body.events).toMatchObject({ scheduled: 1, unaccounted: 0 })
    const cancelled = await api('POST', `/events/${later.id}/cancel`)
    expect(cancelled).toMatchObject({ status: 200, body: { id: later.id, state: 'cancelled' } })
    expect((await api('POST', `/events/${later.id}/cancel`)).status).toBeOneOf([200, 409])
    expect((await api('GET', '/ledger')).body.events).toMatchObject({ scheduled: 0, cancelled: 1, unaccounted: 0 })
    expect((await api('POST', `/events/${past.id}/cancel`)).status).toBe(409)
  })

  test('goes out when its time comes', async () => {
    const scheduledAt = inSeconds(2)
    const { body } = await api('POST', '/events', { type: 'pull_request.opened', recipients: ['clock'], scheduledAt })
    const { state } = (await api('GET', `/events/${body.id}`)).body
    if (Date.now() < Date.parse(scheduledAt)) expect(state).toBe('scheduled')
    const event = await reached(body.id, ['completed'])
    expect(Date.parse(event.notifications[0].createdAt)).toBeGreaterThanOrEqual(Date.parse(event.scheduledAt))
  })

  test('sends nothing after it has expired', async () => {
    const { body } = await api('POST', '/events', { type: 'pull_request.opened', recipients: ['late'], expiresAt: '2020-01-01T00:00:00Z' })
    const event = await reached(body.id, ['cancelled'])
    expect(event).toMatchObject({ reason: 'expired' })
    expect(event.deliveries.filter((delivery: any) => delivery.state !== 'cancelled')).toEqual([])
  })

  test('reaches the members of a topic, each once', async () => {
    await api('PUT', '/topics/watchers', { name: 'Watchers' })
    for (const id of ['w1', 'w2']) expect((await api('PUT', `/topics/watchers/members/${id}`)).status).toBe(204)
    const { body } = await api('POST', '/events', {
      type: 'pull_request.opened',
      recipients: [{ topic: 'watchers' }, 'w2', { topic: 'nobody-made-it' }],
    })
    const event = await reached(body.id, ['completed'])
    expect(
      event.notifications
        .filter((each: any) => each.channel === 'in-app')
        .map((each: any) => each.recipientId)
        .sort(),
    ).toEqual(['w1', 'w2'])
  })
})

describe('an Idempotency-Key', () => {
  const body = JSON.stringify({ type: 'nobody.listens', data: { n: 1 } })
  const json = { 'content-type': 'application/json' }
  const read = async (response: Response) => ({
    status: response.status,
    replayed: response.headers.get('idempotency-replayed'),
    body: (await response.json()) as any,
  })

  test('gives the first answer again', async () => {
    const first = await read(await raw(body, { ...json, 'idempotency-key': 'k 1'.replace(' ', '-') }))
    const again = await read(await raw(body, { ...json, 'idempotency-key': 'k-1' }))
    expect(first).toMatchObject({ status: 202, replayed: null })
    expect(again).toEqual({ ...first, replayed: 'true' })
    expect((await raw(body, { ...json, 'idempotency-key': 'k-1' })).headers.get('location')).toBe(`/api/v1/events/${first.body.id}`)
  })

  test('refuses another body, also one that differs in blanks only', async () => {
    for (const other of [body.replace('1', '2'), `${body} `]) {
      const answer = await read(await raw(other, { ...json, 'idempotency-key': 'k-1' }))
      expect(answer).toMatchObject({ status: 422, replayed: null, body: { type: expect.stringContaining('idempotency') } })
    }
  })

  test('makes one event of many requests at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => read(await raw(body, { ...json, 'idempotency-key': 'at-once' }))),
    )
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 202))
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
    expect(answers.filter((answer) => answer.replayed === null)).toHaveLength(1)
  })

  test('does not keep an answer that was no success', async () => {
    expect((await raw('{}', { ...json, 'idempotency-key': 'mended' })).status).toBe(422)
    expect(await read(await raw(body, { ...json, 'idempotency-key': 'mended' }))).toMatchObject({ status: 202, replayed: null })
  })

  test('is of one path', async () => {
    const batch = JSON.stringify({ events: [{ type: 'nobody.listens' }] })
    const first = await read(await raw(batch, { ...json, 'idempotency-key': 'k-1' }, '/events/batch'))
    expect(first).toMatchObject({ status: 202, replayed: null })
    expect(await read(await raw(batch, { ...json, 'idempotency-key': 'k-1' }, '/events/batch'))).toEqual({ ...first, replayed: 'true' })
  })

  test.each(['', 'x'.repeat(256), 'two words', 'caf\u00e9'])('must be 1 to 255 visible characters: %j', async (key) => {
    expect((await raw(body, { ...json, 'idempotency-key': key })).status).toBe(422)
  })
})

describe('a batch', () => {
  test('takes the good ones and says what is wrong with the others', async () => {
    const events = [
      { type: 'nobody.listens' },
      { type: 'has blanks' },
      7,
      { type: 'nobody.listens', colour: 'red' },
      { type: 'nobody.listens', recipients: ['a', { id: '' }] },
      { type: 'nobody.listens' },
    ]
    const { status, body } = await api('POST', '/events/batch', { events })
    expect(status).toBe(202)
    expect(body.items.map((item: any) => [item.index, item.status])).toEqual([
      [0, 'accepted'],
      [1, 'rejected'],
      [2, 'rejected'],
      [3, 'rejected'],
      [4, 'rejected'],
      [5, 'accepted'],
    ])
    expect(Object.keys(body.items[0]).sort()).toEqual(['id', 'index', 'status'])
    expect(body.items[1].problem).toMatchObject({ status: 422, errors: [{ path: expect.stringContaining('/type') }] })
    expect(body.items[3].problem.errors[0]).toMatchObject({ path: expect.stringContaining('/colour') })
    expect(body.items[4].problem.errors[0].path).toContain('/recipients/1')
    for (const item of [body.items[0], body.items[5]]) await reached(item.id, ['unmatched'])
  })

  test.each([
    ['none', { events: [] }],
    ['1,001', { events: Array.from({ length: 1_001 }, () => ({ type: 'nobody.listens' })) }],
    ['not a list', { events: {} }],
    ['no events', {}],
    ['something else', { events: [{ type: 'nobody.listens' }], more: 1 }],
  ])('of %s is refused', async (_, body) => {
    expect((await api('POST', '/events/batch', body)).status).toBe(422)
  })

  test('of 1,000 is taken, up to 5 MB', async () => {
    const padding = 'x'.repeat(4_000)
    const { status, body } = await api('POST', '/events/batch', {
      events: Array.from({ length: 1_000 }, () => ({ type: 'nobody.listens', data: { padding } })),
    })
    expect(status).toBe(202)
    expect(body.items).toHaveLength(1_000)
    expect((await api('POST', '/events/batch', { events: [{ type: 'a', data: { padding: 'x'.repeat(5 * 1024 * 1024) } }] })).status).toBe(
      413,
    )
  })
})

describe('a CloudEvent', () => {
  const cloudEvent = {
    specversion: '1.0',
    id: 'a-1',
    source: '/github',
    type: 'pull_request.opened',
    subject: 'repo/7',
    time: '2026-01-02T03:04:05Z',
    recipients: 'ce1, ce2',
    audience: 'customer-1',
    traceparent: '00-1',
    data: { title: 'Cloud' },
  }
  const mapped = { type: 'pull_request.opened', source: '/github', subject: 'repo/7', audience: 'customer-1', data: { title: 'Cloud' } }
  const recipientsOf = (event: any) => [...new Set(event.notifications.map((each: any) => each.recipientId))].sort()

  test('is taken structured', async () => {
    const answer = await api('POST', '/events', cloudEvent, { 'content-type': 'application/cloudevents+json; charset=utf-8' })
    expect(answer.status).toBe(202)
    const event = await reached(answer.body.id, ['completed'])
    expect(event).toMatchObject(mapped)
    expect(recipientsOf(event)).toEqual(['ce1', 'ce2'])
  })

  test('is taken binary', async () => {
    const { data, ...attributes } = cloudEvent
    const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]))
    const answer = await api('POST', '/events', data, headers)
    expect(answer.status).toBe(202)
    const event = await reached(answer.body.id, ['completed'])
    expect(event).toMatchObject(mapped)
    expect(recipientsOf(event)).toEqual(['ce1', 'ce2'])
  })

  test.each([
    ['another version', { specversion: '0.3' }],
    ['no source', { source: undefined }],
    ['a type that is none', { type: 'has blanks' }],
    ['binary data', { data_base64: 'AAAA' }],
  ])('with %s is refused', async (_, change) => {
    const answer = await api('POST', '/events', { ...cloudEvent, ...change }, { 'content-type': 'application/cloudevents+json' })
    expect(answer.status).toBe(422)
    expect(answer.body.errors.length).toBeGreaterThan(0)
  })
})

describe('what is refused', () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

  test.each([
    ['no type', {}, '/type'],
    ['a type with blanks', { type: 'a b' }, '/type'],
    ['a type of 129', { type: 'a'.repeat(129) }, '/type'],
    ['an unknown field', { type: 'a', colour: 'red' }, '/colour'],
    ['a recipient that is none', { type: 'a', recipients: ['ok', 7] }, '/recipients/1'],
    ['a recipient with an unknown field', { type: 'a', recipients: [{ id: 'x', colour: 1 }] }, '/recipients/0'],
    ['an address that is none', { type: 'a', recipients: [{ id: 'x', email: 'nobody' }] }, '/recipients/0'],
    ['an address that would add a header', { type: 'a', recipients: [{ id: 'x', email: 'a@b.c\r\nBcc: d@e.f' }] }, '/recipients/0'],
    ['data that is a list', { type: 'a', data: [] }, '/data'],
    ['a subject with a line break', { type: 'a', subject: 'one\ntwo' }, '/subject'],
    ['a time without a zone', { type: 'a', scheduledAt: '2026-01-01T00:00:00' }, '/scheduledAt'],
    ['a schedule beyond a year', { type: 'a', scheduledAt: new Date(Date.now() + 367 * 86_400_000).toISOString() }, '/scheduledAt'],
    ['a priority that is none', { type: 'a', priority: 'urgent' }, '/priority'],
    ['text with NUL', { type: 'a', data: { text: 'a\u0000b' } }, '/data/text'],
    ['half a surrogate', '{"type":"a","data":{"text":"\\ud800"}}', '/data/text'],
    ['__proto__', '{"type":"a","data":{"__proto__":{"x":1}}}', '/data'],
    ['constructor', '{"type":"a","data":{"constructor":{"x":1}}}', '/data'],
    ['nesting', `{"type":"a","data":${deep(40)}}`, '/data'],
  ])('422 for %s, with its path', async (_, body, path) => {
    const answer = await api('POST', '/events', body)
    expect(answer.status).toBe(422)
    expect(answer.body.errors.map((error: any) => error.path).join(' ')).toContain(path)
    expect(answer.body.errors[0].message).toMatch(/\S/)
  })

  test.each([
    ['half an object', '{"type":"a"', { 'content-type': 'application/json' }, 400],
    ['nothing', '', { 'content-type': 'application/json' }, 400],
    ['no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), { 'content-type': 'application/json' }, 400],
    ['no media type', new Uint8Array([0x7b, 0x7d]), {}, 415],
    ['a form', 'type=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['another charset', '{"type":"a"}', { 'content-type': 'application/json; charset=iso-8859-1' }, 415],
    ['a compressed body', '{"type":"a"}', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, 415],
    ['more than 1 MB', JSON.stringify({ type: 'a', data: { text: 'x'.repeat(1024 * 1024) } }), { 'content-type': 'application/json' }, 413],
  ] as [string, string | Uint8Array, Record<string, string>, number][])('%s', async (_, body, headers, status) => {
    for (const path of ['/events', ...(status === 413 ? [] : ['/events/batch'])]) {
      const answer = await raw(body, headers, path)
      expect(answer.status, path).toBe(status)
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(answer.headers.get('x-request-id')).toMatch(/\S/)
      expect(await answer.json()).toMatchObject({ status, instance: `/api/v1${path}` })
    }
  })
})

describe('lists of events', () => {
  test('are paged, newest first, and filtered', async () => {
    const sent: string[] = []
    for (const n of [1, 2, 3])
      sent.push((await api('POST', '/events', { type: 'listed.one', subject: `s-${n}`, source: 'lister' })).body.id)
    const pages: string[][] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { body }: { body: any } = await api('GET', `/events?type=listed.one&limit=2${cursor && `&cursor=${cursor}`}`)
      pages.push(body.items.map((item: any) => item.id))
      cursor = body.nextCursor
    }
    expect(pages).toEqual([[sent[2], sent[1]], [sent[0]]])
    const ids = async (query: string) => (await api('GET', `/events?${query}`)).body.items.map((item: any) => item.id)
    expect(await ids('type=listed.one&subject=s-2')).toEqual([sent[1]])
    expect(await ids('type=listed.one&source=other')).toEqual([])
    await reached(sent[0]!, ['unmatched'])
    expect(await ids('type=listed.one&state=dead')).toEqual([])
    expect(await ids(`type=listed.one&from=${inSeconds(60)}`)).toEqual([])
    expect(await ids(`type=listed.one&to=${inSeconds(60)}`)).toHaveLength(3)
    expect((await ids('recipient=ada')).length).toBeGreaterThan(0)
  })

  test.each(['limit=0', 'limit=201', 'limit=x', 'cursor=!', 'cursor=AAAA', 'state=lost', 'colour=red', 'type=a%20b', 'from=yesterday'])(
    'refuse ?%s',
    async (query) => {
      const answer = await api('GET', `/events?${query}`)
      expect(answer.status).toBe(422)
      expect(answer.body.errors[0].path).toBe(query.split('=')[0])
    },
  )

  test.each(['evt_x', 'evt_00000000000000000000000000000000', '%00', '..%2f..'])('do not know %s', async (id) => {
    expect((await api('GET', `/events/${id}`)).status).toBe(404)
    expect((await api('POST', `/events/${id}/cancel`)).status).toBe(404)
  })
})

test('every operation on events was called', () => {
  expect(operationsNotCalled(/^\/api\/v1\/events/)).toEqual([])
})
