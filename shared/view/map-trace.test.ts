import { describe, expect, it } from 'vitest'
import type { Channel, DeliveryView, EventView } from '../contracts/event.ts'
import { topologyFor } from '../topology/index.ts'
import { logShare, traceEvent } from './map-trace.ts'

const start = Date.parse('2026-11-20T14:21:03.118Z')
const at = (ms: number): string => new Date(start + ms).toISOString()
type Attempt = DeliveryView['attempts'][number]

const attempt = (
  number: number,
  startedMs: number,
  durationMs: number | null,
  outcome: Attempt['outcome'],
  change: Partial<Attempt> = {},
): Attempt => ({
  number,
  startedAt: at(startedMs),
  durationMs,
  outcome,
  statusCode: null,
  error: null,
  ...change,
})

function delivery(
  channel: Channel,
  state: DeliveryView['state'],
  attempts: Attempt[] = [],
  finishedMs: number | null = null,
): DeliveryView {
  const ids = { id: 'dlv_1', eventId: 'evt_1', recipientId: 'u1', endpointId: null, notificationId: null, previousId: null }
  return {
    ...ids,
    channel,
    state,
    reason: null,
    nextAttemptAt: null,
    createdAt: at(25),
    finishedAt: finishedMs === null ? null : at(finishedMs),
    attempts,
  }
}

function event(deliveries: DeliveryView[], change: Partial<EventView> = {}): EventView {
  const plain = { reason: null, completedAt: null, scheduledAt: null, expiresAt: null, source: null, subject: null, audience: null }
  return {
    id: 'evt_1',
    attachments: [],
    type: 'pull_request.opened',
    state: 'processing',
    acceptedAt: at(0),
    ...plain,
    priority: 'normal',
    recipients: [],
    data: {},
    notifications: [],
    deliveries,
    ...change,
  }
}

const trace = (one: EventView, nowMs = 60_000) => traceEvent(one, start + nowMs, 'api:api-1')
const station = (one: EventView, place: string, nowMs?: number) => trace(one, nowMs).stations.find((stop) => stop.place === place)

const mixed = event([
  delivery('in-app', 'delivered', [], 28),
  delivery(
    'webhook',
    'delivered',
    [attempt(1, 28, 1_400, 'retry', { statusCode: 503 }), attempt(2, 31_428, 20, 'delivered', { statusCode: 200 })],
    31_448,
  ),
  delivery('email', 'sending', [attempt(1, 41_225, null, null)]),
])

it('every stop and every lit line is on the map', () => {
  const { nodes, edges } = topologyFor(['api-1'])
  const known = new Set([...nodes, ...edges].map(({ id }) => id))
  const dead = event([
    delivery('in-app', 'dead', [attempt(1, 30, 1, 'retry'), attempt(2, 60, 1, 'give-up')], 61),
    delivery('email', 'dead', [], 70),
  ])
  for (const one of [mixed, dead, event([]), event([], { state: 'dead' })])
    expect([...trace(one).marks.keys()].filter((id) => !known.has(id))).toEqual([])
})

describe('stops', () => {
  it('stand in the order of the flow, numbered, with the time spent', () => {
    expect(trace(mixed).stations.map(({ number, place, spentMs }) => [number, place, spentMs])).toEqual([
      [1, 'clients', null],
      [2, 'api:api-1', null],
      [3, 'postgres', null],
      [4, 'queue:fan-out', 25],
      [5, 'inboxes', null],
      [6, 'queue:delivery-webhook', 3],
      [7, 'endpoints', 31_420],
      [8, 'queue:delivery-email', 41_200],
      [9, 'mail', 18_775],
    ])
  })

  it('say what was answered at each attempt', () => {
    expect(station(mixed, 'endpoints')).toMatchObject({ note: '2 attempts: 503, then 200', state: 'ok', running: false })
    expect(station(mixed, 'mail')).toMatchObject({ note: 'no answer yet', running: true })
  })

  it('count a wait that goes on until now', () => {
    const waits = event([delivery('email', 'pending')])
    expect(station(waits, 'queue:delivery-email', 10_025)).toMatchObject({
      spentMs: 10_000,
      running: true,
      note: '1 delivery waits for a first attempt',
    })
    expect(station(waits, 'mail')).toBeUndefined()
  })

  it('end at the dead letters when it failed for good', () => {
    const dead = event([delivery('webhook', 'dead', [attempt(1, 30, 5, 'give-up', { statusCode: 404 })], 40)])
    expect(station(dead, 'letters')).toMatchObject({ atMs: 40, state: 'fail', note: '1 delivery failed for good' })
    expect(trace(dead).marks.has('workers:delivery-webhook>letters')).toBe(true)
    expect(station(dead, 'endpoints')).toMatchObject({ state: 'fail', note: '404' })
  })

  it('do not begin before it is due', () => {
    const later = event([], { state: 'scheduled', scheduledAt: at(120_000) })
    expect(station(later, 'queue:fan-out')).toMatchObject({ spentMs: null, running: true, note: 'scheduled, due in 1 m 00 s' })
  })
})

it('lines carry the time spent on their way, where the rows know it', () => {
  const { marks } = trace(mixed)
  expect(marks.get('relay>queue:delivery-email')?.text).toBe('41 s')
  expect(marks.get('workers:delivery-webhook>endpoints')?.text).toBe('31 s')
  expect(marks.get('workers:fan-out>outbox')?.text).toBe('3 deliveries written')
  expect(marks.get('auth>limits')).toEqual({ number: null, text: null })
  expect(marks.has('workers:replay>letters')).toBe(false)
})

it('the sentence counts every delivery once', () => {
  expect(trace(mixed).sentence).toBe('2 of 3 are delivered. One is on the way.')
  expect(trace(event([delivery('in-app', 'delivered')])).sentence).toBe('It is delivered.')
  expect(trace(event([delivery('email', 'suppressed'), delivery('email', 'dead')])).sentence).toBe(
    '0 of 2 are delivered. One failed for good. One was suppressed by preference.',
  )
  expect(trace(event([], { state: 'unmatched' })).sentence).toContain('nothing was sent')
})

it('bars are on a log scale', () => {
  expect(logShare(null, 1_000)).toBe(0)
  expect(logShare(1_000, 1_000)).toBe(1)
  expect(logShare(9, 99)).toBeCloseTo(0.5)
})
