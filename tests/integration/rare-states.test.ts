// Lists by what no index knows: rare states are found among all others, and a look that takes long says how far it has come.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeliveryView, EventSummary, NotificationView } from '#shared/contracts/event.ts'
import type { LookPage } from '#shared/contracts/page.ts'
import { publicId } from '#shared/ids.ts'
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

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app, (file) => /v1.(events|notifications|deliveries)/.test(file))
  api = createApiClient(http.url, platform.apiKey)
  path = createPathRows(platform)
})
afterAll(async () => {
  await http.close()
  await app.close()
})

describe('lists', () => {
  test('find deliveries and notifications in every state', async () => {
    const event = await path.accept({ type: 'every.state' })
    const held = await path.addEndpoint({ state: 'disabled' })
    const [unsure, dead, discarded, waiting, sending, suppressed, hooked] = (await path.fanOut(event, [
      ...['a', 'b', 'c', 'd', 'e'].map((recipientId) => ({
        channel: 'email' as const,
        recipientId,
        address: `${recipientId}@example.com`,
      })),
      { channel: 'email', recipientId: 'f', state: 'suppressed', reason: 'no email address' },
      { channel: 'webhook', endpointId: held, state: 'held' },
    ])) as Written[]
    await path.attempt(unsure!.deliveryId, { state: 'maybe-sent', error: 'nobody knows' })
    for (const one of [dead!, discarded!])
      await path.attempt(one.deliveryId, { state: 'dead', errorCode: 'smtp-550', error: 'no such mailbox' })
    await platform.pool.query("UPDATE dead_letter SET state = 'discarded' WHERE delivery_id = $1", [discarded!.deliveryId])
    await path.open(sending!.deliveryId)
    const expected = {
      'maybe-sent': [unsure!],
      dead: [dead!, discarded!],
      pending: [waiting!],
      sending: [sending!],
      suppressed: [suppressed!],
      held: [hooked!],
    }
    for (const [state, written] of Object.entries(expected)) {
      const query = `state=${state}&type=every.state`
      const deliveries = (await api.get<LookPage<DeliveryView>>(`/deliveries?${query}`)).body
      expect(deliveries.items.map(({ id }) => id).toSorted(), state).toEqual(
        written.map((one) => publicId('delivery', one.deliveryId)).toSorted(),
      )
      expect(deliveries.searchedTo).toBeNull()
      const { items } = (await api.get<LookPage<NotificationView>>(`/notifications?${query}`)).body
      const notified = written.flatMap((one) => (one.notificationId ? publicId('notification', one.notificationId) : []))
      expect(items.map(({ id }) => id).toSorted(), state).toEqual(notified.toSorted())
    }
  })

  test('say how far a look has come, and go on from there', async () => {
    const other = await platform.addWorkspace()
    const clerk = createApiClient(http.url, other.apiKey)
    // Ids that grow with their number, as those of the product do: a few thousand events of which three are of a kind.
    await platform.pool.query(
      `INSERT INTO event (workspace_id, id, type, state, accepted_at, recipients, data, completed_at, fanned_out)
       SELECT $1, ('019a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, CASE WHEN n % 1000 = 7 THEN 'rare' ELSE 'common' END, 'unmatched', now(), '[]', '{}', now(), true FROM generate_series(1, 2500) n`,
      [other.workspaceId],
    )
    const found: string[] = []
    let answers = 0
    for (let cursor = ''; ;) {
      const { body } = await clerk.get<LookPage<EventSummary>>(`/events?type=rare${cursor && `&cursor=${cursor}`}`)
      answers++
      found.push(...body.items.map(({ id }) => id))
      expect(body.searchedTo === null).toBe(body.nextCursor === null)
      if (body.nextCursor === null) break
      cursor = body.nextCursor
    }
    const idOf = (n: number) => `evt_019a0000000070008000${n.toString(16).padStart(12, '0')}`
    expect(found).toEqual([idOf(2_007), idOf(1_007), idOf(7)])
    // One window is a thousand rows: however slow the machine, no more answers than windows.
    expect(answers).toBeLessThanOrEqual(3)
  })
})
