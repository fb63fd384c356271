// Webhooks out, as the contract says: endpoints and whom they may name, attempts, holds, resends.
import { describe, expect, test } from 'vitest'
import { operationsNotCalled } from '../support/checked-api.ts'
import { reason, useProductWithReceiver } from '../support/contract-product.ts'
import { eventually } from '../support/eventually.ts'

const at = useProductWithReceiver()
const { api, addEndpoint, send, ended } = at

describe('endpoints', () => {
  test('are made with a secret that is shown once, and changed', async () => {
    const made = await api('POST', '/endpoints', { url: 'https://example.com/hooks', eventTypes: ['crud.*'] })
    expect(made.body).toMatchObject({
      id: expect.stringMatching(/^end_/),
      secret: expect.stringMatching(/^whsec_/),
      url: 'https://example.com/hooks',
      eventTypes: ['crud.*'],
      description: '',
      audience: null,
      headers: {},
    })
    expect(made.headers.get('location')).toBe(`/api/v1/endpoints/${made.body.id}`)
    const { body } = await api('GET', `/endpoints/${made.body.id}`)
    expect(body).not.toHaveProperty('secret')
    expect(
      (await api('PATCH', `/endpoints/${made.body.id}`, { description: 'Ours', retrySchedule: [5, 300], headers: { 'x-team': 'billing' } }))
        .body,
    ).toMatchObject({ description: 'Ours', retrySchedule: [5, 300], headers: { 'x-team': 'billing' }, eventTypes: ['crud.*'] })
    expect((await api('GET', '/endpoints?state=enabled')).body.items.map((each: any) => each.id)).toContain(made.body.id)
    expect((await api('DELETE', `/endpoints/${made.body.id}`)).status).toBe(204)
    expect((await api('GET', `/endpoints/${made.body.id}`)).status).toBe(404)
  })

  test('get what they subscribed to, signed, with their headers', async () => {
    const exact = await addEndpoint({ url: `${at.receiver.url}/exact`, eventTypes: ['sub.one'], headers: { 'x-team': 'billing' } })
    const prefix = await addEndpoint({ url: `${at.receiver.url}/prefix`, eventTypes: ['sub.*'] })
    await ended(await send('sub.one', { data: { a: 1 } }))
    await ended(await send('sub.two'))
    await ended(await send('subway'))
    expect(at.receiver.received.map((each) => [each.path, each.body.type]).sort()).toEqual([
      ['/hook/exact', 'sub.one'],
      ['/hook/prefix', 'sub.one'],
      ['/hook/prefix', 'sub.two'],
    ])
    const webhook = at.receiver.received.find((each) => each.path === '/hook/exact')!
    at.receiver.verify(webhook, exact.secret)
    expect(() => at.receiver.verify(webhook, prefix.secret)).toThrow()
    expect(webhook.headers).toMatchObject({ 'x-team': 'billing', 'content-type': expect.stringContaining('application/json') })
    expect(webhook.body).toEqual({
      type: 'sub.one',
      timestamp: expect.stringMatching(/Z$/),
      data: { a: 1 },
      eventId: expect.stringMatching(/^evt_/),
    })
  })

  test('that name an audience get only its events; others get all', async () => {
    await addEndpoint({ url: `${at.receiver.url}/theirs`, eventTypes: ['aud.*'], audience: 'customer-42' })
    await addEndpoint({ url: `${at.receiver.url}/all`, eventTypes: ['aud.*'] })
    await ended(await send('aud.one', { audience: 'customer-42' }))
    await ended(await send('aud.two', { audience: 'customer-43' }))
    await ended(await send('aud.three'))
    expect(at.receiver.received.map((each) => `${each.path} ${each.body.type}`).sort()).toEqual([
      '/hook/all aud.one',
      '/hook/all aud.three',
      '/hook/all aud.two',
      '/hook/theirs aud.one',
    ])
  })

  test('sign with both secrets after a rotation', async () => {
    const made = await addEndpoint({ eventTypes: ['rotated'] })
    const { body: rotated } = await api('POST', `/endpoints/${made.id}/rotate-secret`)
    expect(rotated.secret).toMatch(/^whsec_/)
    expect(rotated.secret).not.toBe(made.secret)
    await ended(await send('rotated'))
    const [both] = at.receiver.received
    expect(both!.headers['webhook-signature']!.split(' ')).toHaveLength(2)
    for (const secret of [made.secret, rotated.secret]) at.receiver.verify(both!, secret)
    const { body: leaked } = await api('POST', `/endpoints/${made.id}/rotate-secret`, { keepOldSeconds: 0 })
    await ended(await send('rotated'))
    expect(at.receiver.received[1]!.headers['webhook-signature']!.split(' ')).toHaveLength(1)
    at.receiver.verify(at.receiver.received[1]!, leaked.secret)
  })

  test('hold what comes while they are disabled, and get it when enabled', async () => {
    const { id } = await addEndpoint({ eventTypes: ['held'] })
    expect(await api('POST', `/endpoints/${id}/disable`, { reason })).toMatchObject({
      status: 200,
      body: { state: 'disabled', disabledReason: 'operator' },
    })
    const eventId = await send('held')
    await eventually(async () => (await api('GET', `/events/${eventId}`)).body.deliveries[0]?.state === 'held')
    expect((await api('GET', '/ledger')).body.deliveries).toMatchObject({ held: 1, unaccounted: 0 })
    expect(at.receiver.received).toEqual([])
    expect((await api('POST', `/endpoints/${id}/enable`)).body).toMatchObject({ state: 'enabled', disabledReason: null })
    expect((await ended(eventId)).deliveries).toMatchObject([{ state: 'delivered' }])
    expect(at.receiver.received).toHaveLength(1)
  })

  test('that answer 410 are disabled, and what met it is held', async () => {
    const { id } = await addEndpoint({ eventTypes: ['gone'] })
    at.receiver.answer(410)
    const eventId = await send('gone')
    await eventually(async () => (await api('GET', `/endpoints/${id}`)).body.state === 'disabled')
    expect((await api('GET', `/endpoints/${id}`)).body.disabledReason).toBe('gone')
    await eventually(async () => (await api('GET', `/events/${eventId}`)).body.deliveries[0]?.state === 'held')
    at.receiver.answer(200)
    await api('POST', `/endpoints/${id}/enable`)
    expect((await ended(eventId)).deliveries).toMatchObject([{ state: 'delivered' }])
  })

  test('can be tested at once', async () => {
    const { id, secret } = await addEndpoint({ eventTypes: ['none'] })
    expect(await api('POST', `/endpoints/${id}/test`)).toMatchObject({
      status: 200,
      body: { outcome: 'delivered', statusCode: 200, error: null },
    })
    at.receiver.verify(at.receiver.received[0]!, secret)
    at.receiver.answer(404)
    expect((await api('POST', `/endpoints/${id}/test`, { type: 'a.b', data: { x: 1 } })).body).toMatchObject({
      outcome: 'give-up',
      statusCode: 404,
    })
  })
})

describe('deliveries', () => {
  test('are tried again by the schedule, and show when', async () => {
    await addEndpoint({ eventTypes: ['slow'], retrySchedule: [0.2, 600] })
    at.receiver.answer(503)
    const eventId = await send('slow')
    const delivery = await eventually(async () => {
      const [first] = (await api('GET', `/events/${eventId}`)).body.deliveries
      // Between the second attempt and its result it has the time of the first one's retry.
      return first?.state === 'retrying' && first.attempts.length === 2 && Date.parse(first.nextAttemptAt) > Date.now() + 60_000 && first
    })
    expect(delivery).toMatchObject({ channel: 'webhook', recipientId: null, endpointId: expect.stringMatching(/^end_/) })
    const seconds = (Date.parse(delivery.nextAttemptAt) - Date.parse(delivery.attempts[1].startedAt)) / 1_000
    expect(seconds).toBeGreaterThan(450)
    expect(seconds).toBeLessThan(750)
    for (const attempt of delivery.attempts)
      expect(attempt).toMatchObject({
        number: expect.any(Number),
        startedAt: expect.any(String),
        durationMs: expect.any(Number),
        outcome: 'retry',
        statusCode: 503,
        error: expect.stringMatching(/\S/),
        firstByteMs: expect.any(Number),
      })
    // Who opened the connection says how long that took; the receiver may have been called before.
    expect([undefined, { connectMs: expect.any(Number), tlsMs: null }]).toContainEqual(delivery.attempts[0].connection)
    expect((await api('GET', '/ledger')).body.deliveries).toMatchObject({ pending: 1, unaccounted: 0 })
    expect((await api('GET', `/deliveries?event=${eventId}`)).body.items).toMatchObject([{ id: delivery.id, state: 'retrying' }])
    expect(await api('POST', `/deliveries/${delivery.id}/resend`, { reason })).toMatchObject({ status: 409 })
    expect((await api('POST', `/events/${eventId}/cancel`)).body).toMatchObject({
      state: 'cancelled',
      deliveries: [{ state: 'cancelled' }],
    })
  })

  test.each([
    [404, 1],
    [301, 1],
    [400, 1],
    [408, 2],
    [409, 2],
    [425, 2],
    [429, 2],
    [500, 2],
    [504, 2],
  ])('answered %i are tried %i times', async (status, times) => {
    await addEndpoint({ eventTypes: [`status.${status}`], retrySchedule: [0.05] })
    at.receiver.answer(status)
    const event = await ended(await send(`status.${status}`))
    expect(event.deliveries).toMatchObject([{ state: 'dead' }])
    expect(event.deliveries[0].attempts.map((attempt: any) => attempt.statusCode)).toEqual(Array(times).fill(status))
  })

  test('are sent once more by a resend, linked', async () => {
    await addEndpoint({ eventTypes: ['again'] })
    const [first] = (await ended(await send('again'))).deliveries
    const answer = await api('POST', `/deliveries/${first.id}/resend`, { reason })
    expect(answer).toMatchObject({ status: 202, body: { previousId: first.id } })
    expect(answer.headers.get('location')).toBe(`/api/v1/deliveries/${answer.body.id}`)
    await eventually(async () => (await api('GET', `/deliveries/${answer.body.id}`)).body.state === 'delivered')
    expect((await api('GET', `/deliveries/${first.id}`)).body.nextIds).toEqual([answer.body.id])
    expect(new Set(at.receiver.received.map((each) => each.id)).size).toBe(2)
    expect((await api('POST', `/deliveries/${first.id}/resend`, {})).status).toBe(422)
    expect((await api('POST', '/deliveries/dlv_00000000000000000000000000000000/resend', { reason })).status).toBe(404)
  })
})

describe('webhook targets', () => {
  const add = (fields: object) => api('POST', '/endpoints', { url: 'https://example.com/', eventTypes: ['a'], ...fields })

  test.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'http://[::1]/',
    'http://0.0.0.0/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://172.16.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://100.64.0.1/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://user:pass@example.com/',
    'not a url',
    '',
  ])('may not be %s', async (url) => {
    const answer = await add({ url })
    expect(answer.status).toBe(422)
    expect(answer.body.errors[0].path).toBe('/url')
  })

  test.each([
    { Host: 'evil' },
    { 'Content-Length': '1' },
    { Connection: 'close' },
    { 'Transfer-Encoding': 'chunked' },
    { 'webhook-id': 'x' },
    { 'Webhook-Signature': 'x' },
    { 'x-a': 'b\r\nx-c: d' },
    { 'x-a\r\n': 'b' },
    { 'x a': 'b' },
  ])('may not have the header %j', async (headers) => {
    const answer = await add({ headers })
    expect(answer.status).toBe(422)
    expect(answer.body.errors[0].path).toContain('/headers')
  })

  test.each([
    { eventTypes: [] },
    { eventTypes: ['a*'] },
    { eventTypes: ['*.a'] },
    { retrySchedule: [-1] },
    { retrySchedule: ['soon'] },
    { colour: 'red' },
  ])('may not be subscribed as %j', async (fields) => {
    expect((await add(fields)).status).toBe(422)
  })

  test('are checked again when something is sent', async () => {
    const { body: endpoint } = await add({ url: at.receiver.url, eventTypes: ['checked.again'] })
    await at.restart()
    expect((await api('POST', `/endpoints/${endpoint.id}/test`)).body).toMatchObject({
      outcome: 'give-up',
      statusCode: null,
      error: { message: expect.stringMatching(/private|loopback|public|refused|allowed/i) },
    })
    const { body: accepted } = await api('POST', '/events', { type: 'checked.again' })
    const letter = await eventually(async () => (await api('GET', `/dead-letters?endpoint=${endpoint.id}&state=open`)).body.items[0])
    expect(letter).toMatchObject({
      eventId: accepted.id,
      attempts: 1,
      kind: 'delivery-exhausted',
      error: { message: expect.stringMatching(/private|loopback|public|refused|allowed/i) },
    })
    expect(at.receiver.received).toEqual([])
  })
})

test('every operation on them was called', () => {
  expect(operationsNotCalled(/^\/api\/v1\/(endpoints|deliveries)/)).toEqual([])
})
