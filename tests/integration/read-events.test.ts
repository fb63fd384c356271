import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeliveryDetail, NotificationDetail } from '#shared/contracts/delivery.ts'
import type { DeliveryView, EventSummary, EventView, NotificationView } from '#shared/contracts/event.ts'
import type { Ledger } from '#shared/contracts/ledger.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { Problem } from '#shared/contracts/problem.ts'
import { publicId } from '#shared/ids.ts'
import { reconcile } from '#services/ledger/index.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiClient } from '../support/api-client.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { createPathRows, type PathRows, type Written } from '../support/path-rows.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let api: ApiClient
let path: PathRows
let otherKey: string
let endpointId: string
let eventId: string
let mail: Written, bell: Written, hook: Written

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app, (file) => /v1.(events|notifications|deliveries|ledger)/.test(file))
  api = createApiClient(http.url, platform.apiKey)
  path = createPathRows(platform)
  otherKey = (await platform.addWorkspace()).apiKey
  endpointId = await path.addEndpoint()
  eventId = await path.accept({
    type: 'pull_request.opened',
    recipients: ['u1', { id: 'u2', email: 'u2@example.com' }],
    data: { title: 'Fix <b>', nested: { list: [1, null] } },
    source: 'github',
    subject: 'repo/7',
    audience: 'customer-42',
    priority: 'high',
  })
  ;[mail, bell, hook] = (await path.fanOut(eventId, [
    { channel: 'email', recipientId: 'u1', address: 'U1@example.com', subject: 'Fix the parser' },
    { channel: 'in-app', recipientId: 'u2', subject: 'A bell', content: { title: 'A bell', body: 'rings', url: null } },
    { channel: 'webhook', endpointId },
  ])) as [Written, Written, Written]
  await path.attempt(mail.deliveryId, { state: 'delivered', statusCode: 250 })
  await path.attempt(hook.deliveryId, { state: 'retrying', statusCode: 503, errorCode: 'http-503', error: 'HTTP 503' })
})

afterAll(async () => {
  await http.close()
  await app.close()
})

describe('GET /events/{id}', () => {
  test('tells the whole story: content, notifications, deliveries, attempts', async () => {
    const { status, body } = await api.get<EventView>(`/events/${publicId('event', eventId)}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: publicId('event', eventId),
      type: 'pull_request.opened',
      state: 'processing',
      data: { title: 'Fix <b>', nested: { list: [1, null] } },
      recipients: ['u1', { id: 'u2', email: 'u2@example.com' }],
      source: 'github',
      subject: 'repo/7',
      audience: 'customer-42',
      priority: 'high',
      scheduledAt: null,
      completedAt: null,
    })
    expect(
      body.notifications.map(({ id, channel, state, recipientId, deliveryId }) => ({ id, channel, state, recipientId, deliveryId })),
    ).toEqual([
      {
        id: publicId('notification', mail.notificationId!),
        channel: 'email',
        state: 'delivered',
        recipientId: 'u1',
        deliveryId: publicId('delivery', mail.deliveryId),
      },
      {
        id: publicId('notification', bell.notificationId!),
        channel: 'in-app',
        state: 'delivered',
        recipientId: 'u2',
        deliveryId: publicId('delivery', bell.deliveryId),
      },
    ])
    const [first, second, third] = body.deliveries
    expect(first).toMatchObject({
      channel: 'email',
      state: 'delivered',
      attempts: [{ number: 1, outcome: 'delivered', statusCode: 250, durationMs: 12, error: null }],
    })
    expect(second).toMatchObject({ channel: 'in-app', state: 'delivered', endpointId: null, nextAttemptAt: null })
    expect(third).toMatchObject({
      channel: 'webhook',
      state: 'retrying',
      recipientId: null,
      endpointId: publicId('endpoint', endpointId),
      reason: 'HTTP 503',
      attempts: [{ number: 1, outcome: 'retry', statusCode: 503, error: 'HTTP 503' }],
    })
    expect(Date.parse(third!.nextAttemptAt!)).toBeGreaterThan(Date.now() + 30_000)
  })

  test('of another workspace, of nobody, or of no event id is 404', async () => {
    const id = publicId('event', eventId)
    expect((await api.get(`/events/${id}`, otherKey)).status).toBe(404)
    expect((await api.get(`/events/evt_${'0'.repeat(32)}`)).status).toBe(404)
    expect((await api.get(`/events/${id.replace('evt_', 'dlv_')}`)).status).toBe(404)
    expect((await api.post(`/events/${id}/cancel`, undefined, otherKey)).status).toBe(404)
  })
})

describe('GET /events', () => {
  test('pages newest first, without gaps or repeats while new ones come in', async () => {
    const made: string[] = []
    for (let i = 0; i < 5; i++) made.unshift(publicId('event', await path.accept({ type: 'paged.event', data: { i } })))
    const first = (await api.get<Page<EventSummary>>('/events?type=paged.event&limit=2')).body
    await path.accept({ type: 'paged.event' })
    const second = (await api.get<Page<EventSummary>>(`/events?type=paged.event&limit=2&cursor=${first.nextCursor}`)).body
    const third = (await api.get<Page<EventSummary>>(`/events?type=paged.event&limit=2&cursor=${second.nextCursor}`)).body
    expect([...first.items, ...second.items, ...third.items].map((event) => event.id)).toEqual(made)
    expect(third.nextCursor).toBeNull()
  })

  test.each([
    ['state=processing', true],
    ['state=completed', false],
    ['type=pull_request.opened', true],
    ['type=pull_request', false],
    ['subject=repo/7', true],
    ['subject=repo', false],
    ['source=github', true],
    ['audience=customer-42', true],
    ['audience=customer-43', false],
    ['recipient=u2', true],
    ['recipient=u3', false],
    ['from=2020-01-01', true],
    ['to=2020-01-01', false],
    ['from=2020-01-01T00:00:00Z&to=2999-01-01T00:00:00%2B02:00', true],
  ])('%s finds the event: %s', async (query, found) => {
    const { body } = await api.get<Page<EventSummary>>(`/events?${query}&limit=200`)
    expect(body.items.some((event) => event.id === publicId('event', eventId))).toBe(found)
  })

  test('takes a date as `to` for the whole of that day', async () => {
    const day = (await api.get<EventView>(`/events/${publicId('event', eventId)}`)).body.acceptedAt.slice(0, 10)
    const { body } = await api.get<Page<EventSummary>>(`/events?from=${day}&to=${day}&limit=200`)
    expect(body.items.some((event) => event.id === publicId('event', eventId))).toBe(true)
  })

  test.each(['state=broken', 'cursor=%21', 'cursor=bm90aGluZw', 'limit=201', 'unknown=1', 'from=yesterday'])(
    '%s is 422 and names the parameter',
    async (query) => {
      const { status, body } = await api.get<Problem>(`/events?${query}`)
      expect(status).toBe(422)
      expect(body.errors?.[0]?.path).toBe(query.split('=')[0])
    },
  )

  test('shows nothing of another workspace', async () => {
    for (const list of ['events', 'notifications', 'deliveries'])
      expect((await api.get<Page<unknown>>(`/${list}`, otherKey)).body.items).toEqual([])
  })
})

describe('POST /events/{id}/cancel', () => {
  test('cancels what was not sent, answers the event, and then says that it has ended', async () => {
    const event = await path.accept({ type: 'cancel.me' })
    const [written] = await path.fanOut(event, [
      { channel: 'email' },
      { channel: 'email', recipientId: 'u9', state: 'suppressed', reason: 'no email address' },
    ])
    const id = publicId('event', event)
    const { status, body } = await api.post<EventView>(`/events/${id}/cancel`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ state: 'cancelled', reason: 'cancelled' })
    expect(body.deliveries.find((delivery) => delivery.id === publicId('delivery', written!.deliveryId))).toMatchObject({
      state: 'cancelled',
      reason: 'event cancelled',
    })
    expect((await api.post<Problem>(`/events/${id}/cancel`)).status).toBe(409)
  })
})

describe('deliveries and notifications', () => {
  test.each([
    ['deliveries?channel=webhook', () => hook.deliveryId],
    ['deliveries?state=retrying', () => hook.deliveryId],
    ['deliveries?recipient=u2', () => bell.deliveryId],
    ['deliveries?address=u1@EXAMPLE.com&state=delivered', () => mail.deliveryId],
    ['deliveries?subject=the%20PARSER', () => mail.deliveryId],
    ['deliveries?type=pull_request.opened&channel=in-app', () => bell.deliveryId],
    ['deliveries?from=2020-01-01&channel=webhook', () => hook.deliveryId],
  ])('%s finds the one that is meant', async (query, expected) => {
    const { status, body } = await api.get<Page<DeliveryView>>(`/${query}`)
    expect(status).toBe(200)
    expect(body.items.map((delivery) => delivery.id)).toEqual([publicId('delivery', expected())])
  })

  test('by endpoint and by event', async () => {
    const byEndpoint = await api.get<Page<DeliveryView>>(`/deliveries?endpoint=${publicId('endpoint', endpointId)}`)
    expect(byEndpoint.body.items.map((delivery) => delivery.id)).toEqual([publicId('delivery', hook.deliveryId)])
    const byEvent = await api.get<Page<DeliveryView>>(`/deliveries?event=${publicId('event', eventId)}`)
    expect(byEvent.body.items).toHaveLength(3)
    expect((await api.get<Page<NotificationView>>(`/notifications?event=${publicId('event', eventId)}`)).body.items).toHaveLength(2)
    expect((await api.get('/deliveries?endpoint=nonsense')).status).toBe(422)
  })

  test.each([
    ['notifications?recipient=u2', () => bell.notificationId],
    ['notifications?address=u1@example.com&state=delivered', () => mail.notificationId],
    ['notifications?subject=parser', () => mail.notificationId],
    ['notifications?channel=in-app&state=delivered&workflow=welcome', () => bell.notificationId],
    ['notifications?type=pull_request.opened&channel=email', () => mail.notificationId],
  ])('%s finds the one that is meant', async (query, expected) => {
    const { status, body } = await api.get<Page<NotificationView>>(`/${query}`)
    expect(status).toBe(200)
    expect(body.items.map((notification) => notification.id)).toEqual([publicId('notification', expected()!)])
  })

  test('a percent sign in a subject is a percent sign', async () => {
    expect((await api.get<Page<NotificationView>>('/notifications?subject=%25')).body.items).toEqual([])
  })

  test('a notification has its content, its delivery and the attempts', async () => {
    const { body } = await api.get<NotificationDetail>(`/notifications/${publicId('notification', bell.notificationId!)}`)
    expect(body).toMatchObject({
      content: { title: 'A bell', body: 'rings', url: null },
      sequence: 1,
      stepId: 'in-app',
      readAt: null,
      delivery: { id: publicId('delivery', bell.deliveryId), state: 'delivered', attempts: [{ number: 1, outcome: 'delivered' }] },
    })
    expect((await api.get(`/notifications/${publicId('notification', bell.notificationId!)}`, otherKey)).status).toBe(404)
  })

  test('a delivery has its lineage', async () => {
    const { body } = await api.get<DeliveryDetail>(`/deliveries/${publicId('delivery', mail.deliveryId)}`)
    expect(body).toMatchObject({
      generation: 0,
      previousId: null,
      nextIds: [],
      notificationId: publicId('notification', mail.notificationId!),
    })
    expect((await api.get(`/deliveries/${body.id}`, otherKey)).status).toBe(404)
  })
})

describe('GET /ledger', () => {
  test('counts what the rows say, by days of acceptance', async () => {
    const { body } = await api.get<Ledger>('/ledger')
    expect(body.events.accepted).toBe(body.events.pending + body.events.cancelled)
    expect(body).toMatchObject({
      events: { cancelled: 1, unaccounted: 0 },
      deliveries: { created: 5, delivered: 2, pending: 1, cancelled: 1, suppressed: 1, unaccounted: 0 },
    })
    const first = (await api.get<EventView>(`/events/${publicId('event', eventId)}`)).body.acceptedAt
    const last = new Date().toISOString().slice(0, 10)
    expect((await api.get<Ledger>(`/ledger?from=${first}&to=${last}`)).body.events).toEqual(body.events)
    expect((await api.get<Ledger>('/ledger?to=2020-01-01')).body.events.accepted).toBe(0)
    expect((await api.get('/ledger?from=never')).status).toBe(422)
  })

  test('agrees with the rows after all of this', async () => expect(await reconcile(platform.pool)).toMatchObject({ total: 0 }))
})
