// Webhooks out and what becomes of them: endpoints, attempts, holds, dead letters, replays, queues, workers, the ledger.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createCheckedApi, operationsNotCalled, type CheckedApi } from '../support/checked-api.ts'
import { eventually } from '../support/eventually.ts'
import { startProduct, type Product } from '../support/product.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts'

let receiver: WebhookReceiver
let product: Product
let api: CheckedApi

beforeAll(async () => {
  receiver = await startWebhookReceiver()
  product = await startProduct({ flags: ['--allow-loopback', String(receiver.port)] })
  api = createCheckedApi(product)
})

afterAll(async () => {
  await product?.stop()
  await receiver?.close()
})

beforeEach(() => {
  receiver.answer(200)
  receiver.received.length = 0
})

const reason = 'an acceptance test'
const addEndpoint = async (fields: object) => {
  const answer = await api('POST', '/endpoints', { url: receiver.url, eventTypes: ['none'], ...fields })
  expect(answer.status).toBe(201)
  return answer.body
}
const send = async (type: string, fields: object = {}) => (await api('POST', '/events', { type, ...fields })).body.id as string
const reached = (id: string, states: string[]) =>
  eventually(async () => {
    const { body } = await api('GET', `/events/${id}`)
    return states.includes(body.state) && body
  })
const ended = (id: string) => reached(id, ['completed', 'unmatched', 'dead', 'cancelled'])
/** Kills `count` events of this type; their letters. */
const letters = async (type: string, count: number) => {
  receiver.answer(500)
  for (let n = 0; n < count; n++) await send(type, { data: { n } })
  const found = await eventually(async () => {
    const { body } = await api('GET', `/dead-letters?state=open&q=${type}`)
    return body.items.length === count && body.items
  })
  receiver.answer(200)
  return found
}

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
    const exact = await addEndpoint({ url: `${receiver.url}/exact`, eventTypes: ['sub.one'], headers: { 'x-team': 'billing' } })
    const prefix = await addEndpoint({ url: `${receiver.url}/prefix`, eventTypes: ['sub.*'] })
    await ended(await send('sub.one', { data: { a: 1 } }))
    await ended(await send('sub.two'))
    await ended(await send('subway'))
    expect(receiver.received.map((each) => [each.path, each.body.type]).sort()).toEqual([
      ['/hook/exact', 'sub.one'],
      ['/hook/prefix', 'sub.one'],
      ['/hook/prefix', 'sub.two'],
    ])
    const webhook = receiver.received.find((each) => each.path === '/hook/exact')!
    receiver.verify(webhook, exact.secret)
    expect(() => receiver.verify(webhook, prefix.secret)).toThrow()
    expect(webhook.headers).toMatchObject({ 'x-team': 'billing', 'content-type': expect.stringContaining('application/json') })
    expect(webhook.body).toEqual({
      type: 'sub.one',
      timestamp: expect.stringMatching(/Z$/),
      data: { a: 1 },
      eventId: expect.stringMatching(/^evt_/),
    })
  })

  test('that name an audience get only its events; others get all', async () => {
    await addEndpoint({ url: `${receiver.url}/theirs`, eventTypes: ['aud.*'], audience: 'customer-42' })
    await addEndpoint({ url: `${receiver.url}/all`, eventTypes: ['aud.*'] })
    await ended(await send('aud.one', { audience: 'customer-42' }))
    await ended(await send('aud.two', { audience: 'customer-43' }))
    await ended(await send('aud.three'))
    expect(receiver.received.map((each) => `${each.path} ${each.body.type}`).sort()).toEqual([
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
    const [both] = receiver.received
    expect(both!.headers['webhook-signature']!.split(' ')).toHaveLength(2)
    for (const secret of [made.secret, rotated.secret]) receiver.verify(both!, secret)
    const { body: leaked } = await api('POST', `/endpoints/${made.id}/rotate-secret`, { keepOldSeconds: 0 })
    await ended(await send('rotated'))
    expect(receiver.received[1]!.headers['webhook-signature']!.split(' ')).toHaveLength(1)
    receiver.verify(receiver.received[1]!, leaked.secret)
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
    expect(receiver.received).toEqual([])
    expect((await api('POST', `/endpoints/${id}/enable`)).body).toMatchObject({ state: 'enabled', disabledReason: null })
    expect((await ended(eventId)).deliveries).toMatchObject([{ state: 'delivered' }])
    expect(receiver.received).toHaveLength(1)
  })

  test('that answer 410 are disabled, and what met it is held', async () => {
    const { id } = await addEndpoint({ eventTypes: ['gone'] })
    receiver.answer(410)
    const eventId = await send('gone')
    await eventually(async () => (await api('GET', `/endpoints/${id}`)).body.state === 'disabled')
    expect((await api('GET', `/endpoints/${id}`)).body.disabledReason).toBe('gone')
    await eventually(async () => (await api('GET', `/events/${eventId}`)).body.deliveries[0]?.state === 'held')
    receiver.answer(200)
    await api('POST', `/endpoints/${id}/enable`)
    expect((await ended(eventId)).deliveries).toMatchObject([{ state: 'delivered' }])
  })

  test('can be tested at once', async () => {
    const { id, secret } = await addEndpoint({ eventTypes: ['none'] })
    expect(await api('POST', `/endpoints/${id}/test`)).toMatchObject({
      status: 200,
      body: { outcome: 'delivered', statusCode: 200, error: null },
    })
    receiver.verify(receiver.received[0]!, secret)
    receiver.answer(404)
    expect((await api('POST', `/endpoints/${id}/test`, { type: 'a.b', data: { x: 1 } })).body).toMatchObject({
      outcome: 'give-up',
      statusCode: 404,
    })
  })
})

describe('deliveries', () => {
  test('are tried again by the schedule, and show when', async () => {
    await addEndpoint({ eventTypes: ['slow'], retrySchedule: [0.2, 600] })
    receiver.answer(503)
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
      expect(attempt).toEqual({
        number: expect.any(Number),
        startedAt: expect.any(String),
        durationMs: expect.any(Number),
        outcome: 'retry',
        statusCode: 503,
        error: expect.stringMatching(/\S/),
      })
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
    receiver.answer(status)
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
    expect(new Set(receiver.received.map((each) => each.id)).size).toBe(2)
    expect((await api('POST', `/deliveries/${first.id}/resend`, {})).status).toBe(422)
    expect((await api('POST', '/deliveries/dlv_00000000000000000000000000000000/resend', { reason })).status).toBe(404)
  })
})

describe('dead letters', () => {
  let dead: any[]
  let discardId: string

  test('say what died, why, and can be filtered', async () => {
    await api('POST', '/dead-letters/discard', { filter: {}, reason })
    const endpoint = await addEndpoint({ eventTypes: ['letter'], retrySchedule: [0.05] })
    dead = await letters('letter', 4)
    for (const letter of dead) {
      expect(letter).toMatchObject({
        id: expect.stringMatching(/^dl_/),
        kind: 'delivery-exhausted',
        causeId: expect.any(String),
        deliveryId: expect.stringMatching(/^dlv_/),
        eventId: expect.stringMatching(/^evt_/),
        channel: 'webhook',
        recipientId: null,
        endpointId: endpoint.id,
        previousId: null,
        attempts: 2,
        createdAt: expect.any(String),
        state: 'open',
      })
      expect(letter.error).toEqual({ code: expect.stringMatching(/\S/), message: expect.stringMatching(/\S/) })
    }
    const causes = await eventually(async () => {
      const { body } = await api('GET', '/dead-letters/causes')
      return body.items[0]?.count === 4 && body.items
    })
    expect(causes).toMatchObject([
      {
        id: dead[0].causeId,
        title: expect.stringMatching(/\S/),
        firstSeenAt: expect.any(String),
        lastSeenAt: expect.any(String),
        channels: ['webhook'],
        sampleId: expect.stringMatching(/^dl_/),
      },
    ])
    const count = async (query: string) => (await api('GET', `/dead-letters?state=open&${query}`)).body.items.length
    for (const query of [
      `cause=${dead[0].causeId}`,
      'kind=delivery-exhausted',
      'channel=webhook',
      `endpoint=${endpoint.id}`,
      'from=2020-01-01',
      'q=LETTER',
    ])
      expect(await count(query), query).toBe(4)
    for (const query of ['kind=pipeline-fault', 'channel=email', 'recipient=u1', 'to=2020-01-01', 'q=nothing-like-it'])
      expect(await count(query), query).toBe(0)
    for (const query of ['kind=x', 'cause=x', 'colour=red']) expect((await api('GET', `/dead-letters?${query}`)).status, query).toBe(422)
    expect((await api('GET', '/ledger')).body.deliveries.dead).toBeGreaterThanOrEqual(4)
  })

  test('are sent again one by one; the letter of a second death points to the first', async () => {
    receiver.answer(500)
    expect((await api('POST', `/dead-letters/${dead[0].id}/replay`, { reason })).status).toBe(202)
    expect((await api('POST', `/dead-letters/${dead[0].id}/replay`, { reason })).status).toBe(409)
    const next = await eventually(async () => {
      const { body } = await api('GET', `/dead-letters/${dead[0].id}`)
      return body.nextId !== null && (await api('GET', `/dead-letters/${body.nextId}`)).body
    })
    expect(next).toMatchObject({ state: 'open', previousId: dead[0].id, deliveryId: dead[0].deliveryId })
    receiver.answer(200)
    await api('POST', `/dead-letters/${next.id}/replay`, { reason })
    await eventually(async () => (await api('GET', `/deliveries/${next.deliveryId}`)).body.state === 'delivered')
    expect((await api('POST', `/dead-letters/${dead[1].id}/replay`, {})).status).toBe(422)
  })

  test('are edited as a linked copy', async () => {
    const answer = await api('PATCH', `/dead-letters/${dead[1].id}`, { data: { n: 'edited' }, reason })
    expect(answer.status).toBe(202)
    expect(answer.body.deliveryId).not.toBe(dead[1].deliveryId)
    await eventually(() => receiver.received.some((each) => each.body.data.n === 'edited'))
    await eventually(async () => (await api('GET', `/deliveries/${answer.body.deliveryId}`)).body.state === 'delivered')
    expect((await api('GET', `/deliveries/${answer.body.deliveryId}`)).body.previousId).toBe(dead[1].deliveryId)
    expect((await api('GET', `/deliveries/${dead[1].deliveryId}`)).body).toMatchObject({ state: 'cancelled', reason: 'replaced' })
  })

  test('are discarded by filter', async () => {
    const { body } = await api('POST', '/dead-letters/discard', { filter: { q: 'letter' }, reason, confirmCount: 2 })
    expect(body).toEqual({ discarded: 2, id: expect.stringMatching(/^dsc_/) })
    discardId = body.id
    expect((await api('GET', '/dead-letters?state=discarded&q=letter')).body.items.map((each: any) => each.id)).toEqual(
      expect.arrayContaining([dead[2].id, dead[3].id]),
    )
    expect((await api('POST', `/dead-letters/${dead[2].id}/replay`, { reason })).status).toBe(409)
    expect((await api('POST', '/dead-letters/discard', { filter: {} })).status).toBe(422)
    expect((await api('POST', '/dead-letters/discard', { filter: { q: 'letter' }, reason, confirmCount: 9 })).status).toBe(409)
    expect((await api('POST', '/dead-letters/discard', { filter: { q: 'nothing-like-it' }, reason })).body).toEqual({
      discarded: 0,
      id: null,
    })
  })

  test('are open again when their discard is undone', async () => {
    const listed = async () => (await api('GET', '/dead-letters/discards')).body.items.find((each: any) => each.id === discardId)
    expect(await listed()).toMatchObject({ filter: { q: 'letter' }, reason, letters: 2, undoneAt: null, undoneBy: null })
    const undo = (body: object, id = discardId) => api('POST', `/dead-letters/discards/${id}/undo`, body)
    expect((await undo({})).status).toBe(422)
    expect((await undo({ reason }, 'dsc_00000000000000000000000000000000')).status).toBe(404)
    expect(await undo({ reason })).toMatchObject({ status: 200, body: { reopened: 2 } })
    expect((await undo({ reason })).status).toBe(409)
    expect(await listed()).toMatchObject({ undoneAt: expect.any(String), undoneBy: expect.any(String) })
    const open = (await api('GET', '/dead-letters?state=open&q=letter')).body.items
    expect(open.map((each: any) => each.id).sort()).toEqual([dead[2].id, dead[3].id].sort())
    await eventually(async () => {
      const { body } = await api('GET', '/dead-letters/counts')
      return body.open === 2 && body.causes === 1
    })
  })

  test('are explained by their cause, and a patch is tried on them before it is sent', async () => {
    const cause = await eventually(async () => {
      const { body } = await api('GET', `/dead-letters/causes/${dead[2].causeId}`)
      return body.count === 2 && body
    })
    expect(cause).toMatchObject({
      id: dead[2].causeId,
      explanation: { what: expect.stringMatching(/\S/), sent: expect.stringMatching(/\S/) },
      facets: { eventTypes: [expect.objectContaining({ count: 2 })] },
    })
    const none = '00000000000000000000000000000000'
    expect((await api('GET', `/dead-letters/causes/cau_${none}`)).status).toBe(404)
    const tried = (patch: unknown, id = cause.id) => api('POST', `/dead-letters/causes/${id}/patch/preview`, { patch })
    expect((await tried([{ op: 'replace', path: '/n', value: 'patched' }])).body).toMatchObject({
      total: 2,
      checked: 2,
      applicable: 2,
      failing: 0,
      sample: [{ changes: [{ path: '/n', kind: 'changed', after: 'patched' }], problem: null }, {}],
    })
    expect((await tried([{ op: 'remove', path: '/nothing-like-it' }])).body).toMatchObject({ applicable: 0, failing: 2 })
    expect((await tried([{ op: 'guess', path: '/n' }])).status).toBe(422)
    expect((await tried([{ op: 'remove', path: '/n' }], `cau_${none}`)).status).toBe(404)
  })

  test('are downloaded', async () => {
    const csv = await api<string>('GET', '/dead-letters/export?state=open&q=letter')
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/)
    expect(csv.headers.get('content-disposition')).toMatch(/^attachment/)
    const lines = csv.body.trim().split(/\r?\n/)
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(/^"id","state",/)
    const json = await api('GET', '/dead-letters/export?state=open&q=letter&format=json')
    expect(json.body.map((each: any) => each.id).sort()).toEqual([dead[2].id, dead[3].id].sort())
    expect((await api('GET', '/dead-letters/export?format=xls')).status).toBe(422)
  })
})

describe('replays', () => {
  const replay = (body: object, headers?: Record<string, string>) => api('POST', '/replays', body, headers)
  const finished = (id: string) =>
    eventually(async () => {
      const { body } = await api('GET', `/replays/${id}`)
      return body.finishedAt !== null && body
    })

  test('send a filter again once, and say how far they are', async () => {
    await addEndpoint({ eventTypes: ['replayed'], retrySchedule: [] })
    await letters('replayed', 5)
    receiver.received.length = 0
    const filter = { q: 'replayed', state: 'open' }
    expect((await api('POST', '/replays/preview', { filter })).body).toMatchObject({ total: 5 })
    expect((await replay({ filter, reason, confirmCount: 4 })).status).toBe(409)
    expect((await replay({ filter })).status).toBe(422)
    const started = await replay({ filter, reason, confirmCount: 5 }, { 'idempotency-key': 'replay-1' })
    expect(started).toMatchObject({
      status: 202,
      body: { id: expect.stringMatching(/^rpl_/), startedBy: expect.any(String), startedAt: expect.any(String), finishedAt: null },
    })
    const again = await replay({ filter, reason, confirmCount: 5 }, { 'idempotency-key': 'replay-1' })
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(again.body.id).toBe(started.body.id)
    expect(await finished(started.body.id)).toMatchObject({
      state: 'completed',
      total: 5,
      sent: 5,
      fixed: 5,
      failedAgain: 0,
      reason,
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
    })
    expect(receiver.received).toHaveLength(5)
    expect((await api('GET', '/replays?state=completed')).body.items.map((each: any) => each.id)).toContain(started.body.id)
  })

  test('count what fails again', async () => {
    await addEndpoint({ eventTypes: ['hopeless'], retrySchedule: [] })
    await letters('hopeless', 2)
    receiver.answer(500)
    const { body } = await replay({ filter: { q: 'hopeless', state: 'open' }, reason })
    expect(await finished(body.id)).toMatchObject({ state: 'completed', total: 2, sent: 2, fixed: 0, failedAgain: 2 })
  })

  test('keep their pace, can be aborted, and go on when they are resumed', async () => {
    await addEndpoint({ eventTypes: ['paced'], retrySchedule: [] })
    await letters('paced', 6)
    const { body } = await replay({ filter: { q: 'paced', state: 'open' }, pace: { perSecond: 1 }, reason })
    await eventually(async () => (await api('GET', `/replays/${body.id}`)).body.sent > 0)
    expect(await api('POST', `/replays/${body.id}/abort`, { reason })).toMatchObject({ status: 200, body: { state: 'aborted' } })
    const { sent } = await finished(body.id)
    expect(sent).toBeLessThan(6)
    await eventually(async () => (await api('GET', '/dead-letters?state=open&q=paced')).body.items.length === 6 - sent)
    expect((await api('POST', `/replays/${body.id}/abort`, { reason })).status).toBe(409)
    expect((await api('POST', `/replays/${body.id}/resume`, {})).status).toBe(422)
    expect(await api('POST', `/replays/${body.id}/resume`, { reason })).toMatchObject({ status: 202, body: { finishedAt: null } })
    expect((await api('POST', `/replays/${body.id}/resume`, { reason })).status).toBe(409)
    const completed = await eventually(
      async () => {
        const { body: now } = await api('GET', `/replays/${body.id}`)
        return now.finishedAt !== null && now
      },
      { timeoutMs: 30_000 },
    )
    expect(completed).toMatchObject({ state: 'completed', total: 6, sent: 6, fixed: 6 })
    expect((await api('GET', '/replays/rpl_00000000000000000000000000000000')).status).toBe(404)
  })
})

describe('queues', () => {
  const figures = {
    waiting: expect.any(Number),
    active: expect.any(Number),
    delayed: expect.any(Number),
    oldestAgeMs: expect.any(Number),
    arrivalPerSecond: expect.any(Number),
    servicePerSecond: expect.any(Number),
    drainSeconds: expect.any(Number),
    workers: 1,
    concurrency: expect.any(Number),
  }

  test('are shown in numbers', async () => {
    const { body } = await api('GET', '/queues')
    expect(body.items.map((queue: any) => queue.name)).toEqual(expect.arrayContaining(['fan-out', 'delivery-webhook', 'delivery-email']))
    for (const queue of body.items) expect(queue).toMatchObject({ state: 'running', ...figures })
    expect((await api('GET', '/queues/none')).status).toBe(404)
  })

  test('get nothing while they are paused, and everything after', async () => {
    await addEndpoint({ eventTypes: ['paused.*'] })
    expect((await api('POST', '/queues/fan-out/pause', {})).status).toBe(422)
    expect(await api('POST', '/queues/fan-out/pause', { reason })).toMatchObject({ status: 200, body: { state: 'paused' } })
    const [waiting, ...others] = (await Promise.all([1, 2, 3].map(() => send('paused.fan-out')))) as [string, ...string[]]
    await eventually(async () => {
      const { body } = await api('GET', '/queues/fan-out')
      expect(body).toMatchObject({ state: 'paused', ...figures })
      return body.waiting === 3 && body.oldestAgeMs > 1_500
    })
    expect((await api('GET', `/events/${waiting}`)).body).toMatchObject({ state: 'accepted', deliveries: [] })
    expect((await api('GET', '/ledger')).body.events).toMatchObject({ pending: 3, unaccounted: 0 })
    await api('POST', '/queues/delivery-webhook/pause', { reason })
    await api('POST', '/queues/fan-out/resume', { reason })
    await reached(waiting, ['processing'])
    await eventually(async () => (await api('GET', '/queues/delivery-webhook')).body.waiting === 3)
    expect(receiver.received).toEqual([])
    expect((await api('GET', `/events/${waiting}`)).body.deliveries).toMatchObject([{ state: 'pending', attempts: [] }])
    expect((await api('POST', '/queues/delivery-webhook/resume', { reason })).body.state).toBe('running')
    for (const id of [waiting, ...others]) expect((await ended(id)).deliveries).toMatchObject([{ state: 'delivered' }])
  })

  test('are changed for all workers together', async () => {
    const change = (fields: object) => api('PATCH', '/queues/delivery-email', { ...fields, reason })
    expect(await change({ concurrency: 3, ratePerSecond: 50 })).toMatchObject({
      status: 200,
      body: { concurrencySetting: 3, ratePerSecond: 50, changedReason: reason, changedAt: expect.any(String) },
    })
    await eventually(async () => (await api('GET', '/queues/delivery-email')).body.concurrency === 3)
    expect((await change({ concurrency: null, ratePerSecond: null })).body).toMatchObject({ concurrencySetting: null, ratePerSecond: null })
    for (const fields of [{}, { concurrency: 0 }, { ratePerSecond: -1 }, { colour: 'red' }])
      expect((await change(fields)).status, JSON.stringify(fields)).toBe(422)
    expect((await api('PATCH', '/queues/delivery-email', { concurrency: 3 })).status).toBe(422)
    expect((await api('PATCH', '/queues/none', { concurrency: 3, reason })).status).toBe(404)
  })

  test('have lanes, and one can be stopped alone', async () => {
    const { id } = await addEndpoint({ eventTypes: ['lane'] })
    await addEndpoint({ url: `${receiver.url}/other`, eventTypes: ['lane'] })
    const lanes = '/queues/delivery-webhook/lanes'
    expect(await api('PUT', `${lanes}/${id}`, { limit: 0, reason })).toMatchObject({
      status: 200,
      body: { lane: id, kind: 'endpoint', limit: 0, limitedReason: reason },
    })
    const eventId = await send('lane')
    await eventually(async () =>
      (await api('GET', `${lanes}?limit=200`)).body.items.some((each: any) => each.lane === id && each.waiting === 1),
    )
    await eventually(() => receiver.received.length > 0)
    expect(receiver.received.map((each) => each.path)).toEqual(['/hook/other'])
    expect(await api('DELETE', `${lanes}/${id}`, { reason })).toMatchObject({ status: 200, body: { lane: id, limit: null } })
    expect((await ended(eventId)).deliveries).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }])
    expect((await api('PUT', `${lanes}/no-such-lane`, { limit: 1, reason })).status).toBe(404)
    expect((await api('DELETE', `${lanes}/no-such-lane`, { reason })).status).toBe(404)
    expect((await api('PUT', `${lanes}/${id}`, { limit: -1, reason })).status).toBe(422)
  })

  test('are worked by processes that can be seen', async () => {
    const { body } = await api('GET', '/workers')
    const running = (await product.processes()).filter((each) => /^(api|worker)-/.test(each.name))
    for (const { pid } of running) {
      const worker = body.items.find((each: any) => each.pid === pid)
      expect(worker).toMatchObject({
        id: expect.any(String),
        roles: expect.any(Array),
        host: expect.any(String),
        version: expect.any(String),
        startedAt: expect.any(String),
        lastSeenAt: expect.any(String),
        state: expect.stringMatching(/^(working|idle)$/),
        loopLagMs: expect.any(Number),
        rssBytes: expect.any(Number),
      })
    }
  })
})

describe('jobs', () => {
  const queue = '/queues/delivery-webhook'
  const none = '00000000000000000000000000000000'
  /** Deliveries of this type that wait for their second attempt. */
  const delayed = async (type: string, count: number): Promise<string[]> => {
    await addEndpoint({ eventTypes: [type], retrySchedule: [600] })
    receiver.answer(503)
    for (let n = 0; n < count; n++) await send(type)
    const found = await eventually(async () => {
      const { body } = await api('GET', `${queue}/jobs?state=delayed&q=${type}`)
      return body.items.length === count && body.items
    })
    receiver.answer(200)
    return found.map((each: any) => each.id)
  }
  const stateOf = async (id: string) => (await api('GET', `/deliveries/${id}`)).body.state

  test('are looked at, and explained', async () => {
    const [id] = await delayed('looked.at', 1)
    expect((await api('GET', `${queue}/jobs/${id}`)).body).toMatchObject({
      id,
      kind: 'deliver',
      state: 'delayed',
      eventType: 'looked.at',
      delivery: { id, state: 'retrying', attempts: [{ number: 1, statusCode: 503 }] },
    })
    const { body: why } = await api('GET', `${queue}/jobs/${id}/why`)
    expect(why).toMatchObject({ id, sentence: expect.stringMatching(/\S/) })
    expect(why.checks.find((check: any) => check.state !== 'ok')).toMatchObject({ id: 'due' })
    for (const path of [`dlv_${none}`, `dlv_${none}/why`, 'x', 'x/why'])
      expect((await api('GET', `${queue}/jobs/${path}`)).status, path).toBe(404)
    expect((await api('GET', `${queue}/jobs?state=none`)).status).toBe(422)
    expect((await api('DELETE', `${queue}/jobs/${id}`, { reason })).status).toBe(200)
  })

  test('are put to work or taken away one by one', async () => {
    const [retried, promoted, removed] = (await delayed('one.by.one', 3)) as [string, string, string]
    expect((await api('POST', `${queue}/jobs/${retried}/retry`, {})).status).toBe(422)
    expect(await api('POST', `${queue}/jobs/${retried}/retry`, { reason })).toMatchObject({
      status: 200,
      body: { id: retried, done: 'retried' },
    })
    await eventually(async () => (await stateOf(retried)) === 'delivered')
    expect(await api('POST', `${queue}/jobs/${promoted}/promote`, { reason })).toMatchObject({
      status: 200,
      body: { id: promoted, done: 'promoted' },
    })
    await eventually(async () => (await stateOf(promoted)) === 'delivered')
    expect(await api('DELETE', `${queue}/jobs/${removed}`, { reason })).toMatchObject({
      status: 200,
      body: { id: removed, done: 'removed', job: null },
    })
    expect(await stateOf(removed)).toBe('cancelled')
    for (const id of [retried, promoted, removed, `dlv_${none}`]) {
      expect((await api('POST', `${queue}/jobs/${id}/retry`, { reason })).status).toBe(404)
      expect((await api('POST', `${queue}/jobs/${id}/promote`, { reason })).status).toBe(404)
      expect((await api('DELETE', `${queue}/jobs/${id}`, { reason })).status).toBe(404)
    }
  })

  test('are taken away together, as many as were counted', async () => {
    const operations = `${queue}/job-operations`
    const ids = await delayed('many.at.once', 3)
    const action = { action: 'remove', filter: { state: 'delayed', q: 'many.at.once' } }
    expect((await api('POST', `${operations}/preview`, action)).body).toMatchObject({ total: 3, lanes: [{ count: 3 }] })
    expect((await api('POST', operations, { ...action, reason, confirmCount: 2 })).status).toBe(409)
    expect((await api('POST', operations, { ...action, reason })).status).toBe(422)
    // Nobody works on it while the queue of such operations is paused.
    await api('POST', '/queues/replay/pause', { reason })
    const { body: first } = await api('POST', operations, { ...action, reason, confirmCount: 3 })
    expect(await api('POST', `${operations}/${first.id}/abort`, { reason })).toMatchObject({
      status: 200,
      body: { state: 'aborted', done: 0 },
    })
    expect((await api('POST', `${operations}/${first.id}/abort`, { reason })).status).toBe(409)
    await api('POST', '/queues/replay/resume', { reason })
    for (const id of ids) expect(await stateOf(id)).toBe('retrying')
    const second = await api('POST', operations, { ...action, reason, confirmCount: 3 })
    expect(second).toMatchObject({ status: 202, body: { id: expect.stringMatching(/^jop_/), state: 'running', total: 3, reason } })
    const done = await eventually(async () => {
      const { body } = await api('GET', `${operations}/${second.body.id}`)
      return body.finishedAt !== null && body
    })
    expect(done).toMatchObject({ state: 'completed', total: 3, done: 3, skipped: 0 })
    for (const id of ids) expect(await stateOf(id)).toBe('cancelled')
    expect((await api('GET', operations)).body.items.map((each: any) => each.id)).toEqual([second.body.id, first.id])
    expect((await api('GET', `${operations}/jop_${none}`)).status).toBe(404)
    expect((await api('POST', `${operations}/jop_${none}/abort`, { reason })).status).toBe(404)
  })
})

describe('the ledger', () => {
  test('adds up', async () => {
    const ledger = await eventually(async () => {
      const { body } = await api('GET', '/ledger')
      return body.events.pending === 0 && body.deliveries.pending === 0 && body
    })
    const { accepted, unaccounted, ...events } = ledger.events
    const { created, unaccounted: missing, ...deliveries } = ledger.deliveries
    const sum = (parts: Record<string, number>) => Object.values(parts).reduce((total, part) => total + part, 0)
    expect([unaccounted, missing]).toEqual([0, 0])
    expect(sum(events)).toBe(accepted)
    expect(sum(deliveries)).toBe(created)
    const today = new Date().toISOString().slice(0, 10)
    expect((await api('GET', `/ledger?from=${today}`)).body.events.accepted).toBe(accepted)
    expect((await api('GET', '/ledger?to=2020-01-01')).body.events.accepted).toBe(0)
    expect((await api('GET', '/ledger?from=yesterday')).status).toBe(422)
  })
})

test('every operation on them was called', () => {
  expect(operationsNotCalled(/^\/api\/v1\/(endpoints|deliveries|dead-letters|replays|queues|workers|ledger)/)).toEqual([])
})
