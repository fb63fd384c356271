import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createQueues } from '#platform/queue/index.ts'
import { createMetrics } from '#platform/telemetry/metrics.ts'
import type { LetterView } from '#shared/contracts/dead-letter.ts'
import type { DeliveryDetail, NotificationDetail } from '#shared/contracts/delivery.ts'
import type { EventView } from '#shared/contracts/event.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { Problem } from '#shared/contracts/problem.ts'
import { parsePublicId, publicId } from '#shared/ids.ts'
import { reconcile } from '#services/ledger/index.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createHandlers } from '../../workers/handlers/create-handlers.ts'
import { createApiClient, type ApiClient } from '../support/api-client.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { createPathRows, type PathRows } from '../support/path-rows.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let api: ApiClient
let path: PathRows

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app, (file) => /v1.(events|notifications|deliveries|dead-letters)/.test(file))
  api = createApiClient(http.url, platform.apiKey)
  path = createPathRows(platform)
})

afterEach(async () => expect(await reconcile(platform.pool)).toMatchObject({ total: 0 }))

afterAll(async () => {
  await http.close()
  await app.close()
})

const public_ = (uuid: string) => publicId('delivery', uuid)
const uuid = (id: string) => parsePublicId('delivery', id)!
const resend = <T = DeliveryDetail>(id: string, reason: unknown = 'customer asked for it', key?: string) =>
  api.post<T>(`/deliveries/${id}/resend`, { reason }, key)
const get = async (id: string) => (await api.get<DeliveryDetail>(`/deliveries/${id}`)).body

async function mailThat(end: 'delivered' | 'dead' | 'maybe-sent'): Promise<{ id: string; event: string }> {
  const event = await path.accept({ type: 'pull_request.opened', recipients: ['u1'] })
  const [written] = await path.fanOut(event, [{ channel: 'email', subject: 'Hello', content: { subject: 'Hello', text: 'World' } }])
  await path.attempt(written!.deliveryId, { state: end })
  return { id: public_(written!.deliveryId), event: publicId('event', event) }
}

describe('resend', () => {
  test.each(['delivered', 'dead', 'maybe-sent'] as const)(
    'of a %s mail makes a new, linked delivery with the same content',
    async (state) => {
      const { id, event } = await mailThat(state)
      const { status, body, headers } = await resend(id)
      expect(status).toBe(202)
      expect(headers.get('location')).toBe(`/api/v1/deliveries/${body.id}`)
      expect(body).toMatchObject({
        previousId: id,
        generation: 1,
        state: 'pending',
        channel: 'email',
        recipientId: 'u1',
        eventId: event,
        attempts: [],
      })
      expect(await get(id)).toMatchObject({ state, nextIds: [body.id] })

      const copy = (await api.get<NotificationDetail>(`/notifications/${body.notificationId}`)).body
      expect(copy).toMatchObject({
        address: 'u1@example.com',
        subject: 'Hello',
        content: { subject: 'Hello', text: 'World' },
        deliveryId: body.id,
        sequence: null,
      })
      expect(copy.id).not.toBe((await get(id)).notificationId)

      // The event stays as it was while the copy is on its way, and after it.
      expect((await api.get<EventView>(`/events/${event}`)).body.state).toBe('completed')
      await path.attempt(uuid(body.id), { state: 'delivered' })
      expect((await api.get<EventView>(`/events/${event}`)).body).toMatchObject({
        state: 'completed',
        deliveries: [{ state }, { state: 'delivered' }],
      })
    },
  )

  test('keeps an event that is still at work open until the copy has ended as well', async () => {
    const event = await path.accept({ type: 'pull_request.opened' })
    const [first, second] = await path.fanOut(event, [
      { channel: 'email', recipientId: 'a' },
      { channel: 'email', recipientId: 'b' },
    ])
    const state = async () => (await api.get<EventView>(`/events/${publicId('event', event)}`)).body.state
    await path.attempt(first!.deliveryId, { state: 'delivered' })
    const { body } = await resend(public_(first!.deliveryId))
    await path.attempt(second!.deliveryId, { state: 'delivered' })
    expect(await state()).toBe('processing')
    await path.attempt(uuid(body.id), { state: 'delivered' })
    expect(await state()).toBe('completed')
  })

  test('goes to the address that the recipient has now', async () => {
    const { id } = await mailThat('dead')
    await platform.pool.query("INSERT INTO recipient (workspace_id, id, email) VALUES ($1, 'u1', 'new@example.com')", [
      platform.workspaceId,
    ])
    const { body } = await resend(id)
    expect((await api.get<NotificationDetail>(`/notifications/${body.notificationId}`)).body.address).toBe('new@example.com')
    await platform.pool.query("DELETE FROM recipient WHERE workspace_id = $1 AND id = 'u1'", [platform.workspaceId])
  })

  test('stands in the outbox for the relay: webhooks in the lane of their endpoint', async () => {
    const endpointId = await path.addEndpoint()
    const event = await path.accept({ type: 'pull_request.opened' })
    const [hook] = await path.fanOut(event, [{ channel: 'webhook', endpointId }])
    await path.attempt(hook!.deliveryId, { state: 'delivered', statusCode: 200 })
    const { body } = await resend(public_(hook!.deliveryId))
    const { rows } = await platform.pool.query(
      'SELECT kind, queue, lane, leased, dispatches, due_at <= now() AS due FROM outbox WHERE id = $1',
      [uuid(body.id)],
    )
    expect(rows).toEqual([{ kind: 'deliver', queue: 'delivery-webhook', lane: endpointId, leased: false, dispatches: 0, due: true }])
    expect(body).toMatchObject({ notificationId: null, endpointId: publicId('endpoint', endpointId), recipientId: null })
  })

  test('of an inbox message is written by the worker, with the next number', async () => {
    const event = await path.accept({ type: 'pull_request.opened', recipients: ['inbox-1'] })
    const [bell] = await path.fanOut(event, [
      { channel: 'in-app', recipientId: 'inbox-1', content: { title: 'Bell', body: '', url: null } },
    ])
    const { body } = await resend(public_(bell!.deliveryId))
    const queues = createQueues(platform.redis)
    const handlers = createHandlers(platform, { owner: path.owner, queues, metrics: createMetrics() })
    await platform.pool.query("UPDATE outbox SET leased = true, lease_until = now() + interval '1 minute', dispatches = 1 WHERE id = $1", [
      uuid(body.id),
    ])
    await handlers.byQueue['delivery-in-app']([{ id: uuid(body.id), n: 1 }])
    await handlers.drained()
    await handlers.close()
    await queues.close()
    expect(await get(body.id)).toMatchObject({ state: 'delivered', attempts: [{ outcome: 'delivered' }] })
    expect((await api.get<NotificationDetail>(`/notifications/${body.notificationId}`)).body.sequence).toBe(2)
  })

  test('leaves the letter of a dead delivery open', async () => {
    const { id } = await mailThat('dead')
    await resend(id)
    const letters = (await api.get<Page<LetterView>>('/dead-letters?state=open&limit=1')).body
    expect(letters.items[0]).toMatchObject({ deliveryId: id, state: 'open' })
  })

  test('twice at the same moment makes two generations', async () => {
    const { id } = await mailThat('delivered')
    const answers = await Promise.all([resend(id), resend(id), resend(id)])
    expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202])
    expect(answers.map((answer) => answer.body.generation).sort()).toEqual([1, 2, 3])
    expect((await get(id)).nextIds).toHaveLength(3)
  })

  test('of a resend is linked to the resend', async () => {
    const { id } = await mailThat('delivered')
    const second = (await resend(id)).body
    await path.attempt(uuid(second.id), { state: 'dead' })
    expect((await resend(second.id)).body).toMatchObject({ previousId: second.id, generation: 2 })
  })

  test('is in the audit, with the reason', async () => {
    const { id } = await mailThat('delivered')
    const { body } = await resend(id, 'ticket 4711')
    const { rows } = await platform.pool.query(
      "SELECT actor_kind, reason, details FROM audit_entry WHERE action = 'delivery.resend' AND subject_id = $1",
      [id],
    )
    expect(rows).toEqual([
      { actor_kind: 'api-key', reason: 'ticket 4711', details: expect.objectContaining({ newDeliveryId: body.id, state: 'delivered' }) },
    ])
  })
})

describe('resend is refused', () => {
  async function expectConflict(id: string, words: RegExp): Promise<void> {
    const { status, body } = await resend<Problem>(id)
    expect(status).toBe(409)
    expect(body.detail).toMatch(words)
    expect((await get(id)).nextIds).toEqual([])
  }

  test('while the delivery has not ended', async () => {
    const event = await path.accept({ type: 'pull_request.opened' })
    const endpointId = await path.addEndpoint()
    const [pending, sending, retrying, held, suppressed] = (
      await path.fanOut(event, [
        { channel: 'email', recipientId: 'a' },
        { channel: 'email', recipientId: 'b' },
        { channel: 'email', recipientId: 'c' },
        { channel: 'webhook', endpointId, state: 'held', reason: 'endpoint disabled' },
        { channel: 'email', recipientId: 'd', state: 'suppressed', reason: 'no email address' },
      ])
    ).map((written) => written.deliveryId) as [string, string, string, string, string]
    await path.open(sending)
    await path.attempt(retrying, { state: 'retrying' })
    await expectConflict(public_(pending), /it is pending/)
    await expectConflict(public_(sending), /it is sending/)
    await expectConflict(public_(retrying), /it is retrying/)
    await expectConflict(public_(held), /held/)
    await expectConflict(public_(suppressed), /suppressed/)
  })

  test('when its event was cancelled or its endpoint deleted', async () => {
    const event = await path.accept({ type: 'pull_request.opened' })
    const endpointId = await path.addEndpoint()
    const [mail, hook] = await path.fanOut(event, [{ channel: 'email' }, { channel: 'webhook', endpointId }])
    await path.attempt(hook!.deliveryId, { state: 'dead' })
    await platform.pool.query('UPDATE endpoint SET deleted_at = now() WHERE id = $1', [endpointId])
    await expectConflict(public_(hook!.deliveryId), /endpoint/)
    await api.post(`/events/${publicId('event', event)}/cancel`)
    await expectConflict(public_(mail!.deliveryId), /cancelled/)
  })

  test('without a reason, for another workspace, for nothing', async () => {
    const { id } = await mailThat('delivered')
    expect((await api.post(`/deliveries/${id}/resend`, {})).status).toBe(422)
    expect((await resend(id, '')).status).toBe(422)
    const other = await platform.addWorkspace()
    expect((await resend(id, 'why', other.apiKey)).status).toBe(404)
    expect((await resend(`dlv_${'0'.repeat(32)}`)).status).toBe(404)
    expect((await get(id)).nextIds).toEqual([])
  })
})
