// The main path over HTTP: an event becomes a mail, an inbox message and a webhook; the webhook dies, its receiver heals, a
// person replays it; the ledger ends with nothing pending and nothing unaccounted.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { startProduct, type Product } from '../support/product.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts'

let receiver: WebhookReceiver
let product: Product

beforeAll(async () => {
  receiver = await startWebhookReceiver()
  product = await startProduct({ flags: ['--allow-loopback', String(receiver.port)], env: { SIGNALBOX_RETRY_SCHEDULE: '0.1,0.2' } })
})

afterAll(async () => {
  await product?.stop()
  await receiver?.close()
})

const deliveryOf = (event: any, channel: string) => event.deliveries.find((delivery: any) => delivery.channel === channel)

describe('an event', () => {
  let endpoint: { id: string; secret: string }
  let eventId: string
  let letterId: string

  test('is accepted at once', async () => {
    receiver.answer(500)
    const created = await product.api('POST', '/endpoints', { url: receiver.url, eventTypes: ['pull_request.*'] })
    expect(created.status).toBe(201)
    endpoint = created.body
    const answer = await product.api('POST', '/events', {
      type: 'pull_request.opened',
      recipients: [{ id: 'mona', email: 'mona@example.com' }],
      data: { title: 'Fix the <signal>', url: 'https://example.com/pull/7', author: 'hubot' },
    })
    expect(answer.status).toBe(202)
    expect(answer.body).toEqual({ id: expect.stringMatching(/^evt_/), status: 'accepted', acceptedAt: expect.any(String) })
    expect(answer.headers.get('location')).toBe(`/api/v1/events/${answer.body.id}`)
    eventId = answer.body.id
  })

  test('ends delivered by mail and in the inbox, and dead at the receiver that fails', async () => {
    const event = await eventually(async () => {
      const { body } = await product.api('GET', `/events/${eventId}`)
      expect(body.state).toBe('completed')
      return body
    })
    expect(deliveryOf(event, 'email')).toMatchObject({
      state: 'delivered',
      recipientId: 'mona',
      attempts: [{ number: 1, outcome: 'delivered' }],
    })
    expect(deliveryOf(event, 'in-app')).toMatchObject({ state: 'delivered', recipientId: 'mona' })
    expect(deliveryOf(event, 'webhook')).toMatchObject({ state: 'dead', endpointId: endpoint.id })
    expect(deliveryOf(event, 'webhook').attempts).toMatchObject([
      { number: 1, outcome: 'retry', statusCode: 500 },
      { number: 2 },
      { number: 3 },
    ])
    expect(receiver.received).toHaveLength(3)
  })

  test('can be read as the mail it became', async () => {
    const { body } = await product.api('GET', '/mailbox')
    const mail = body.items.find((item: any) => JSON.stringify(item.to).includes('mona@example.com'))
    expect(mail.subject).toBe('Fix the <signal> was opened')
    const whole = await product.api('GET', `/mailbox/${mail.id}`)
    expect(whole.body.html).toContain('Fix the &lt;signal&gt;')
    expect(whole.body.text).toContain('https://example.com/pull/7')
  })

  test('stands in the inbox of its recipient, for that recipient only', async () => {
    const token = async (id: string) => (await product.api('POST', `/recipients/${id}/inbox-token`, {})).body.token as string
    const inbox = await product.api('GET', '/inbox', undefined, { authorization: `Bearer ${await token('mona')}` })
    expect(inbox.body.items).toMatchObject([{ sequence: 1, title: 'Fix the <signal>', readAt: null }])
    await product.api('PUT', '/recipients/lisa', { email: 'lisa@example.com' })
    const other = await product.api('GET', '/inbox', undefined, { authorization: `Bearer ${await token('lisa')}` })
    expect(other.body.items).toEqual([])
  })

  test('leaves a dead letter with its cause', async () => {
    const { body } = await product.api('GET', '/dead-letters')
    expect(body.items).toMatchObject([
      { kind: 'delivery-exhausted', channel: 'webhook', endpointId: endpoint.id, eventId, attempts: 3, state: 'open' },
    ])
    letterId = body.items[0].id
    const causes = await eventually(async () => {
      const answer = await product.api('GET', '/dead-letters/causes')
      return answer.body.items.length > 0 && answer.body.items
    })
    expect(causes).toMatchObject([{ count: 1, channels: ['webhook'], sampleId: letterId }])
  })

  test('arrives when its letter is replayed after the receiver healed, under the same webhook-id', async () => {
    receiver.answer(200)
    const replayed = await product.api('POST', `/dead-letters/${letterId}/replay`, { reason: 'the receiver is back' })
    expect(replayed.status).toBe(202)
    await eventually(async () => {
      const { body } = await product.api('GET', `/events/${eventId}`)
      expect(deliveryOf(body, 'webhook').state).toBe('delivered')
      return true
    })
    expect(new Set(receiver.received.map((webhook) => webhook.id)).size).toBe(1)
    const last = receiver.received.at(-1)!
    receiver.verify(last, endpoint.secret)
    expect(last.body).toMatchObject({ type: 'pull_request.opened', eventId, data: { title: 'Fix the <signal>' } })
    expect((await product.api('GET', `/dead-letters/${letterId}`)).body.state).toBe('replayed')
  })

  test('leaves a ledger with nothing pending and nothing unaccounted', async () => {
    const ledger = await eventually(async () => {
      const { body } = await product.api('GET', '/ledger')
      expect(body.events).toMatchObject({ accepted: 1, completed: 1, pending: 0, unaccounted: 0 })
      return body
    })
    expect(ledger.deliveries).toMatchObject({ created: 3, delivered: 3, pending: 0, dead: 0, unaccounted: 0 })
  })
})

describe('many dead letters', () => {
  const count = 20

  test('are sent again by one replay over a filter, each exactly once', async () => {
    receiver.answer(503)
    receiver.received.length = 0
    const events = Array.from({ length: count }, (_, index) => ({ type: 'pull_request.closed', recipients: [], data: { index } }))
    expect((await product.api('POST', '/events/batch', { events })).status).toBe(202)
    await eventually(async () => {
      const { body } = await product.api('GET', '/dead-letters?state=open')
      expect(body.items).toHaveLength(count)
      return true
    })
    receiver.answer(200)
    const started = await product.api('POST', '/replays', { filter: { channel: 'webhook' }, reason: 'all of them', confirmCount: count })
    expect(started.status).toBe(202)
    const replay = await eventually(async () => {
      const { body } = await product.api('GET', `/replays/${started.body.id}`)
      expect(body.state).toBe('completed')
      return body
    })
    expect(replay).toMatchObject({ total: count, sent: count, fixed: count, failedAgain: 0, reason: 'all of them' })
    const good = receiver.received.filter((webhook) => webhook.status === 200)
    expect(good.map((webhook) => webhook.body.data.index).sort((one, other) => one - other)).toEqual(
      events.map((event) => event.data.index),
    )
    await eventually(async () => {
      const { body: ledger } = await product.api('GET', '/ledger')
      expect(ledger.deliveries).toMatchObject({ pending: 0, dead: 0, unaccounted: 0 })
      return true
    })
  })
})

describe('what nobody listens to', () => {
  test('ends unmatched, and can be seen', async () => {
    const { body } = await product.api('POST', '/events', { type: 'nobody.listens', recipients: [], data: {} })
    await eventually(async () => (await product.api('GET', `/events/${body.id}`)).body.state === 'unmatched')
  })
})
