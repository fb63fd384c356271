// Of what people are notified and where they see it, as the contract says: workflows, the inbox, the mailbox, notifications.
import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { operationsNotCalled } from '../support/checked-api.ts'
import { useProduct } from '../support/contract-product.ts'
import { eventually } from '../support/eventually.ts'
import { openEventStream } from '../support/read-event-stream.ts'

const at = useProduct()
const { api, outcomeOf } = at

describe('workflows', () => {
  const draft = (title: string) => ({
    name: 'Build finished',
    eventType: 'build.finished',
    critical: false,
    email: { from: 'Builds <builds@example.com>', replyTo: 'team@example.com' },
    steps: [
      {
        id: 'mail',
        type: 'channel',
        channel: 'email',
        template: {
          subject: `${title} {{ data.name }}`,
          html: '<p>{{ data.name }} for {{ recipient.attributes.plan }}</p>',
          text: '{{ event.type }} {{ data.name }}',
        },
      },
      {
        id: 'bell',
        type: 'channel',
        channel: 'in-app',
        template: { title: `${title} {{ data.name }}`, body: 'by {{ workspace.name }}', url: '{{ data.url }}' },
      },
    ],
  })

  test('are drafts until they are published, and events go by what is published', async () => {
    expect(await api('PUT', '/workflows/build-finished', draft('First'))).toMatchObject({
      status: 201,
      body: { key: 'build-finished', ...draft('First'), draftVersion: 1, publishedVersion: null },
    })
    expect((await outcomeOf({ type: 'build.finished', recipients: ['dev'] })).state).toBe('unmatched')
    expect((await api('POST', '/workflows/build-finished/test', { recipient: 'dev' })).status).toBe(409)
    expect((await api('GET', '/workflows/build-finished/published')).status).toBe(409)
    expect(await api('POST', '/workflows/build-finished/publish')).toMatchObject({ status: 200, body: { publishedVersion: 1 } })
    expect(await api('PUT', '/workflows/build-finished', draft('Second'))).toMatchObject({
      status: 200,
      body: { draftVersion: 2, publishedVersion: 1 },
    })
    expect((await api('PUT', '/workflows/build-finished', { ...draft('Third'), expectedDraftVersion: 1 })).status).toBe(409)
    expect((await api('POST', '/workflows/build-finished/publish', { expectedDraftVersion: 1 })).status).toBe(409)
    expect((await api('GET', '/workflows/build-finished/published')).body).toMatchObject({ ...draft('First'), version: 1 })
    const event = await outcomeOf({
      type: 'build.finished',
      recipients: [{ id: 'dev', email: 'dev@example.com', attributes: { plan: 'pro' } }],
      data: { name: '<b>1</b>', url: 'javascript:alert(1)' },
    })
    const bell = event.notifications.find((each: any) => each.channel === 'in-app')
    expect((await api('GET', `/notifications/${bell.id}`)).body.content).toMatchObject({ title: 'First <b>1</b>', url: null })
    const { body } = await api('GET', '/mailbox?to=dev@example.com')
    expect(body.items).toMatchObject([
      {
        subject: 'First <b>1</b>',
        html: expect.stringContaining('&lt;b&gt;1&lt;/b&gt; for pro'),
        text: expect.stringContaining('build.finished <b>1</b>'),
        from: expect.stringContaining('builds@example.com'),
      },
    ])
    expect(body.items[0].headers['reply-to']).toContain('team@example.com')
  })

  test('are previewed without sending', async () => {
    const { status, body } = await api('POST', '/workflows/build-finished/preview', {
      data: { name: 'x & y' },
      recipient: { attributes: { plan: 'free' } },
    })
    expect(status).toBe(200)
    expect(body.version).toBe(2)
    expect(body.steps).toMatchObject([
      {
        id: 'mail',
        channel: 'email',
        content: { subject: 'Second x & y', html: expect.stringContaining('x &amp; y for free') },
        error: null,
      },
      { id: 'bell', content: { title: 'Second x & y' } },
    ])
    expect((await api('POST', '/workflows/build-finished/preview', { version: 'published' })).body.version).toBe(1)
  })

  test('are tested by a real event', async () => {
    const { status, body } = await api('POST', '/workflows/build-finished/test', {
      recipient: { id: 'tester', email: 'tester@example.com' },
      data: { name: 'trial' },
    })
    expect(status).toBe(202)
    await eventually(async () => (await api('GET', `/events/${body.id}`)).body.state === 'completed')
    expect((await api('GET', '/mailbox?to=tester@example.com')).body.items).toMatchObject([{ subject: 'First trial' }])
  })

  test('with a template that fails for one recipient let the neighbours go out', async () => {
    await api('PUT', '/workflows/strict', {
      name: 'Strict',
      eventType: 'strict.one',
      steps: [{ id: 'mail', type: 'channel', channel: 'email', template: { subject: '{{ recipient.attributes.line }}', text: 'x' } }],
    })
    await api('POST', '/workflows/strict/publish')
    const event = await outcomeOf({
      type: 'strict.one',
      recipients: [
        { id: 's1', email: 's1@example.com', attributes: { line: 'good' } },
        { id: 's2', email: 's2@example.com', attributes: { line: 'bad\r\nBcc: x@example.com' } },
        { id: 's3', email: 's3@example.com', attributes: {} },
      ],
    })
    const states = Object.fromEntries(event.deliveries.map((each: any) => [each.recipientId, each.state]))
    expect(states.s1).toBe('delivered')
    const mails = (await api('GET', '/mailbox?limit=200')).body.items
    expect(mails.filter((mail: any) => JSON.stringify(mail.to).includes('x@example.com'))).toEqual([])
    for (const mail of mails) expect(mail.headers).not.toHaveProperty('bcc')
  })

  test('are listed and deleted', async () => {
    expect((await api('GET', '/workflows')).body.items.map((each: any) => each.key)).toEqual(
      expect.arrayContaining(['build-finished', 'welcome']),
    )
    expect((await api('GET', '/workflows?eventType=build.finished')).body.items).toHaveLength(1)
    expect((await api('GET', '/workflows/build-finished')).body.draftVersion).toBe(2)
    expect((await api('DELETE', '/workflows/build-finished')).status).toBe(204)
    expect((await api('GET', '/workflows/build-finished')).status).toBe(404)
    expect((await outcomeOf({ type: 'build.finished', recipients: ['dev'] })).state).toBe('unmatched')
  })

  test.each([
    ['Upper', {}, 422],
    ['no-steps', { steps: [] }, 422],
    ['bad-channel', { steps: [{ id: 'a', type: 'channel', channel: 'pigeon', template: {} }] }, 422],
    ['broken', { steps: [{ id: 'a', type: 'channel', channel: 'email', template: { subject: '{% if %}', text: 'x' } }] }, 422],
    [
      'includes',
      { steps: [{ id: 'a', type: 'channel', channel: 'email', template: { subject: 'x', text: '{% include "/etc/passwd" %}' } }] },
      422,
    ],
    ['bad-from', { email: { from: 'a@b.c\r\nBcc: d@e.f' } }, 422],
  ])('refuse %s', async (key, change, status) => {
    const answer = await api('PUT', `/workflows/${key}`, { ...draft('x'), ...change })
    expect(answer.status).toBe(status)
    expect(answer.body.errors.length).toBeGreaterThan(0)
  })
})

describe('the inbox', () => {
  const tokenOf = async (id: string, input: object = {}) => (await api('POST', `/recipients/${id}/inbox-token`, input)).body
  const as = (token: string) => ({ authorization: `Bearer ${token}` })
  const send = (title: string, id = 'reader') =>
    outcomeOf({ type: 'pull_request.opened', recipients: [id], data: { title, url: 'https://example.com/1', author: 'hubot' } })
  let token: string

  test('opens by a token of at most a day', async () => {
    await send('one')
    const askedAt = Date.now()
    const made = await tokenOf('reader', { ttlSeconds: 3_600 })
    expect(made).toEqual({ token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/), expiresAt: expect.any(String) })
    // A token's times are whole seconds.
    expect(Date.parse(made.expiresAt)).toBeGreaterThanOrEqual(askedAt + 3_599_000)
    expect(Date.parse(made.expiresAt)).toBeLessThanOrEqual(Date.now() + 3_601_000)
    for (const ttlSeconds of [0, 86_401, 1.5])
      expect((await api('POST', '/recipients/reader/inbox-token', { ttlSeconds })).status).toBe(422)
    // Somebody may open the inbox before the first event that names them.
    expect((await api('POST', '/recipients/nobody-yet/inbox-token', {})).status).toBe(200)
    token = made.token
  })

  test('lists what has the documented fields, numbered without gaps', async () => {
    for (const title of ['two', 'three', 'four']) await send(title)
    const { body } = await api('GET', '/inbox', undefined, as(token))
    expect(body.items.map((item: any) => [item.sequence, item.title])).toEqual([
      [4, 'four'],
      [3, 'three'],
      [2, 'two'],
      [1, 'one'],
    ])
    expect(body.items[0]).toEqual({
      id: expect.stringMatching(/^ntf_/),
      sequence: 4,
      title: 'four',
      body: 'Opened by hubot',
      url: 'https://example.com/1',
      attachments: [],
      createdAt: expect.any(String),
      readAt: null,
      archivedAt: null,
    })
    const page = (await api('GET', '/inbox?limit=3', undefined, as(token))).body
    expect((await api('GET', `/inbox?cursor=${page.nextCursor}`, undefined, as(token))).body).toMatchObject({
      items: [{ sequence: 1 }],
      nextCursor: null,
    })
  })

  test('keeps marks', async () => {
    const count = async () => (await api('GET', '/inbox/count', undefined, as(token))).body.unread
    const [newest] = (await api('GET', '/inbox', undefined, as(token))).body.items
    expect(await count()).toBe(4)
    expect((await api('POST', `/inbox/${newest.id}/read`, undefined, as(token))).body.readAt).toEqual(expect.any(String))
    expect(await count()).toBe(3)
    expect((await api('POST', `/inbox/${newest.id}/unread`, undefined, as(token))).body.readAt).toBeNull()
    expect((await api('POST', `/inbox/${newest.id}/archive`, undefined, as(token))).body.archivedAt).toEqual(expect.any(String))
    expect((await api('GET', '/inbox', undefined, as(token))).body.items).toHaveLength(3)
    expect((await api('POST', '/inbox/read-all', undefined, as(token))).status).toBe(200)
    expect(await count()).toBe(0)
    await api('PUT', '/recipients/somebody-else', {})
    const { token: other } = await tokenOf('somebody-else')
    expect((await api('POST', `/inbox/${newest.id}/read`, undefined, as(other))).status).toBe(404)
  })

  test('is live, and goes on where a client stopped', async () => {
    const url = `${at.product.url}/api/v1/inbox/live`
    const stream = await openEventStream(`${url}?after=4`, as(token))
    expect(stream.headers['content-type']).toMatch(/^text\/event-stream/)
    await send('five')
    const arrived = await eventually(() => stream.events.find((event) => event.id === '5'))
    expect(JSON.parse(arrived.data)).toMatchObject({ sequence: 5, title: 'five' })
    stream.close()
    await send('six')
    const resumed = await openEventStream(url, { ...as(token), 'last-event-id': '4' })
    await eventually(() => resumed.events.filter((event) => event.id !== null && event.id !== '').length >= 2)
    expect(resumed.events.filter((event) => event.data.includes('"title"')).map((event) => event.id)).toEqual(['5', '6'])
    resumed.close()
  })

  test('opens for its own tokens only', async () => {
    const forged = (header: object, claims: object, key: string) => {
      const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
      return `${text}.${key === '' ? '' : createHmac('sha256', key).update(text).digest('base64url')}`
    }
    const parts = token.split('.')
    const claims = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString())
    expect(claims).toMatchObject({ exp: expect.any(Number), aud: expect.anything(), iss: expect.any(String), sub: expect.any(String) })
    const header = JSON.parse(Buffer.from(parts[0]!, 'base64url').toString())
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'somebody-else' })).toString('base64url')
    const bad = [
      at.product.apiKey,
      'x.y.z',
      `${parts[0]}.${changed}.${parts[2]}`,
      forged({ ...header, alg: 'none' }, claims, ''),
      forged({ ...header, alg: 'HS256' }, claims, 'secret'),
      forged({ ...header, jwk: { kty: 'oct', k: Buffer.from('secret').toString('base64url') } }, claims, 'secret'),
      forged({ ...header, jku: 'http://127.0.0.1/' }, claims, 'secret'),
    ]
    for (const one of bad) expect((await api('GET', '/inbox', undefined, as(one))).status, one.slice(0, 40)).toBe(401)
    expect((await api('GET', `/inbox?token=${token}`, undefined, { authorization: '' })).status).toBeOneOf([401, 422])
    for (const path of ['/events', '/recipients/reader', '/ledger']) expect((await api('GET', path, undefined, as(token))).status).toBe(401)
  })
})

describe('the mailbox', () => {
  test('gives whole mails', async () => {
    await outcomeOf({ type: 'pull_request.opened', recipients: [{ id: 'mia', email: 'mia@example.com' }], data: { title: 'Mail me' } })
    const { body } = await api('GET', '/mailbox?to=mia@example.com')
    expect(body.items).toHaveLength(1)
    const { body: mail } = await api('GET', `/mailbox/${body.items[0].id}`)
    expect(mail).toMatchObject({
      from: expect.any(String),
      subject: 'Mail me was opened',
      text: expect.stringContaining('mia'),
      html: expect.stringContaining('mia'),
      headers: expect.any(Object),
      attachments: [],
      receivedAt: expect.any(String),
    })
    expect(JSON.stringify(mail.to)).toContain('mia@example.com')
    expect((await api('GET', '/mailbox/mail_00000000000000000000000000000000')).status).toBe(404)
  })
})

describe('notifications', () => {
  test('are listed by what they were', async () => {
    const event = await outcomeOf({
      type: 'pull_request.opened',
      recipients: [{ id: 'nora', email: 'Nora@example.com' }],
      data: { title: 'Find me' },
    })
    const found = async (query: string) => (await api('GET', `/notifications?${query}`)).body.items.map((each: any) => each.channel).sort()
    expect(await found('recipient=nora')).toEqual(['email', 'in-app'])
    expect(await found('recipient=nora&channel=email')).toEqual(['email'])
    expect(await found('recipient=nora&state=dead')).toEqual([])
    expect(await found('address=nora@example.com')).toEqual(['email'])
    expect(await found('subject=find+me')).toEqual(['email', 'in-app'])
    expect(await found(`event=${event.id}`)).toEqual(['email', 'in-app'])
    expect(await found('type=build.finished&recipient=nora')).toEqual([])
    expect(await found('recipient=nora&from=2020-01-01&to=2020-01-02')).toEqual([])
    expect((await api('GET', '/notifications?channel=pigeon')).status).toBe(422)
    expect((await api('GET', '/notifications/ntf_00000000000000000000000000000000')).status).toBe(404)
  })
})

test('every operation on them was called', () => {
  // Live streams are read by a client of their own.
  expect(operationsNotCalled(/^\/api\/v1\/(workflows|inbox|mailbox|notifications(?!.*search))/)).toEqual(['followInbox'])
})
