// The path has a lean statement for what most events are, and a general one beside it: whatever both can record, they must
// record alike, to the last column.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertEventRows } from '#services/events/accept.repository.ts'
import { prepareEvent } from '#services/events/index.ts'
import { recordDeliveryResults, type DeliveryResult } from '#services/delivery/delivery.repository.ts'
import { recordDelivered } from '#services/delivery/record-delivered.repository.ts'
import { isForEndpointsOnly, recordEndpointFanOut } from '#services/notifications/fan-out-to-endpoints.repository.ts'
import { recordFanOut, startEvents, type FanOutEffect } from '#services/notifications/fan-out.repository.ts'
import type { PlannedDelivery } from '#services/notifications/planned-delivery.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
const owner = newUuid()
const endpoints = [newUuid(), newUuid()]
beforeAll(async () => {
  platform = await openTestPlatform()
})
afterAll(() => platform.close())

const same = {
  event:
    'workspace_id, type, state, recipients, data, source, subject, audience, priority, scheduled_at, expires_at, completed_at IS NULL AS open, fanned_out, open_deliveries',
  delivery:
    'workspace_id, notification_id, channel, source, endpoint_id, recipient_id, generation, state, reason, version, tries, next_attempt_at, finished_at IS NULL AS open',
  attempt: 'number, workspace_id, duration_ms, outcome, status_code, error_code, error',
  outbox:
    'kind, workspace_id, queue, lane, leased, lease_owner, lease_until IS NULL AS unlimited, dispatches, starts, suspect, cursor, last_error',
}

/** Everything that the path wrote, without ids and times, in the order of the events; then it is removed. */
async function takeRows(): Promise<Record<string, unknown[]>> {
  const { pool } = platform
  const rows: Record<string, unknown[]> = {}
  rows.event = (await pool.query(`SELECT ${same.event} FROM event ORDER BY id`)).rows
  rows.delivery = (await pool.query(`SELECT ${same.delivery} FROM delivery ORDER BY event_id, id`)).rows
  rows.attempt = (await pool.query(`SELECT ${same.attempt} FROM attempt ORDER BY delivery_id, number`)).rows
  rows.outbox = (await pool.query(`SELECT ${same.outbox} FROM outbox WHERE kind <> 'ballast' ORDER BY kind, id`)).rows
  const { rows: deltas } = await pool.query('SELECT to_jsonb(d) AS delta FROM ledger_delta d')
  const sums: Record<string, number> = {}
  for (const { delta } of deltas as { delta: Record<string, unknown> }[]) {
    for (const [name, value] of Object.entries(delta))
      if (/^(events|deliveries)_/.test(name)) sums[name] = (sums[name] ?? 0) + Number(value)
  }
  rows.ledger = [sums]
  await pool.query(
    "DELETE FROM attempt; DELETE FROM delivery; DELETE FROM outbox WHERE kind <> 'ballast'; DELETE FROM event; DELETE FROM ledger_delta",
  )
  return rows
}

async function accept(again: boolean, types = ['a', 'b', 'c']): Promise<{ id: string; n: number }[]> {
  const rows = types.map((type) => ({
    ...prepareEvent(platform.workspaceId, {
      type,
      source: 'test',
      subject: type === 'a' ? 'one' : undefined,
      priority: 'high',
      data: { type },
    }),
    leased: true,
  }))
  await insertEventRows(platform.hot, rows, again)
  return rows.map(({ id }) => ({ id, n: 1 }))
}

/** One delivery of the first event, two of the second, one that waits of the third. */
function plan(ids: string[]): PlannedDelivery[] {
  return ids.flatMap((eventId, index) =>
    (index === 1 ? endpoints : endpoints.slice(0, 1)).map((endpointId): PlannedDelivery => ({
      ...{ id: newUuid(), eventId, workspaceId: platform.workspaceId, notificationId: null, channel: 'webhook' },
      ...{ source: publicId('endpoint', endpointId), endpointId, recipientId: null, reason: null, dueAt: null },
      ...(index === 2 ? { state: 'pending', handOver: 'relay' } : { state: 'sending', handOver: 'mine' }),
      ...{ queue: 'delivery-webhook', lane: endpointId, address: null, subject: null, content: null },
      ...{ workflowKey: null, workflowVersion: null, stepId: null },
    })),
  )
}

async function fanOut(record: typeof recordEndpointFanOut): Promise<PlannedDelivery[]> {
  const refs = await accept(false)
  const started = await startEvents(platform.lazy, owner, refs)
  // The last one is somebody else's by now.
  const effects: FanOutEffect[] = started.map(({ id }, i) => ({
    id,
    n: i === 2 ? 7 : 1,
    expired: false,
    wasScheduled: false,
    replayed: false,
  }))
  const planned = plan(started.map(({ id }) => id))
  expect(isForEndpointsOnly(effects, planned)).toBe(true)
  const { eventIds } = await record(platform.hot, owner, [...effects].reverse(), [...planned].reverse())
  expect([...eventIds].sort()).toEqual(started.slice(0, 2).map(({ id }) => id))
  return planned
}

describe('what both can record is recorded alike', () => {
  test('accepts', async () => {
    await accept(true)
    const general = await takeRows()
    await accept(false)
    expect(await takeRows()).toEqual(general)
    expect(general.event).toHaveLength(3)
  })

  test('fan-outs to endpoints', async () => {
    await fanOut((client, who, effects, planned) => recordFanOut(client, who, effects, planned, null))
    const general = await takeRows()
    await fanOut(recordEndpointFanOut)
    expect(await takeRows()).toEqual(general)
    expect(general.delivery).toHaveLength(3)
    expect(general.attempt).toHaveLength(3)
  })

  test('deliveries that went well; a late result records nothing', async () => {
    const results = (planned: PlannedDelivery[]): DeliveryResult[] =>
      planned.slice(0, 3).map(({ id, eventId }, i) => ({
        ...{
          workspaceId: platform.workspaceId,
          deliveryId: id,
          eventId,
          version: i === 2 ? 9 : 1,
          state: 'delivered',
          outcome: 'delivered',
        },
        ...{ statusCode: 204, errorCode: null, error: null, durationMs: 3, retryInMs: null, reason: null },
      }))
    const first = results(await fanOut(recordEndpointFanOut))
    expect((await recordDeliveryResults(platform.hot, [...first].reverse())).size).toBe(2)
    const general = await takeRows()
    const second = results(await fanOut(recordEndpointFanOut))
    expect((await recordDelivered(platform.hot, [...second].reverse())).size).toBe(2)
    expect(await takeRows()).toEqual(general)
    expect(general.event).toMatchObject([{ state: 'completed' }, { state: 'processing', open_deliveries: 1 }, { state: 'accepted' }])
  })
})

test('what needs the general statement is told apart', () => {
  const event = { id: 'e', n: 1, expired: false, wasScheduled: false, replayed: false }
  const [delivery] = plan(['e'])
  expect(isForEndpointsOnly([event], [delivery!])).toBe(true)
  expect(isForEndpointsOnly([event], [])).toBe(false)
  expect(isForEndpointsOnly([{ ...event, expired: true }], [delivery!])).toBe(false)
  expect(isForEndpointsOnly([{ ...event, replayed: true }], [delivery!])).toBe(false)
  expect(isForEndpointsOnly([event], [{ ...delivery!, state: 'held' }])).toBe(false)
  expect(isForEndpointsOnly([event], [delivery!, { ...delivery!, endpointId: null, channel: 'email' }])).toBe(false)
})
