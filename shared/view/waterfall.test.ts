import { describe, expect, it } from 'vitest'
import type { DeliveryView, EventView } from '../contracts/event.ts'
import { attemptWord, makeWaterfall, type WaterfallRow } from './waterfall.ts'
import { makeAxis, partsOf, xOf } from './waterfall-axis.ts'

const start = Date.parse('2026-11-20T14:21:03.118Z')
const at = (ms: number): string => new Date(start + ms).toISOString()

function delivery(changes: Partial<DeliveryView>): DeliveryView {
  return {
    id: 'dlv_1',
    eventId: 'evt_1',
    channel: 'email',
    recipientId: 'u1',
    endpointId: null,
    notificationId: 'ntf_1',
    previousId: null,
    state: 'delivered',
    reason: null,
    nextAttemptAt: null,
    createdAt: at(50),
    finishedAt: at(90),
    attempts: [],
    ...changes,
  }
}
function event(deliveries: DeliveryView[], changes: Partial<EventView> = {}): EventView {
  return {
    id: 'evt_1',
    attachments: [],
    type: 'push',
    state: 'completed',
    reason: null,
    acceptedAt: at(0),
    completedAt: at(100),
    scheduledAt: null,
    expiresAt: null,
    source: null,
    subject: null,
    audience: null,
    priority: 'normal',
    recipients: ['u1'],
    data: {},
    notifications: [],
    deliveries,
    ...changes,
  }
}
const tried = (number: number, fromMs: number, durationMs: number | null, outcome: 'delivered' | 'retry' | null) => ({
  number,
  startedAt: at(fromMs),
  durationMs,
  outcome,
  statusCode: null,
  error: outcome === 'retry' ? 'no connection within 10 s' : null,
})
const draw = (given: EventView, nowMs = 1_000) =>
  makeWaterfall({ event: given, nowMs: start + nowMs, endpoints: new Map([['end_1', 'hooks.example.com/in']]) })
const row = (given: EventView, id: string, nowMs?: number): WaterfallRow => draw(given, nowMs).rows.find((one) => one.id === id)!

describe('the axis', () => {
  it('is one piece while all is over in 100 ms, and two beyond', () => {
    expect(makeAxis(80)).toMatchObject({ breakX: null, endMs: 100 })
    const axis = makeAxis(13 * 60_000)
    expect(axis.breakX).toBeCloseTo(0.29)
    expect(axis.ticks.map((tick) => tick.label)).toEqual(['0', '50', '100 ms', '0', '5 min', '10 min'])
    expect(makeAxis(9 * 60_000).ticks.at(-1)!.label).toBe('8 min')
  })

  it('is linear in each piece, and grows over both', () => {
    const axis = makeAxis(600_000)
    expect(xOf(axis, 50) - xOf(axis, 0)).toBeCloseTo(xOf(axis, 100) - xOf(axis, 50))
    expect(xOf(axis, 400_000) - xOf(axis, 200_000)).toBeCloseTo(xOf(axis, 600_000) - xOf(axis, 400_000))
    const xs = [0, 1, 99, 100, 101, 5_000, 600_000, 9e9].map((ms) => xOf(axis, ms))
    expect(xs).toEqual([...xs].sort((a, b) => a - b))
    expect(xs.at(-1)).toBeLessThan(1)
  })

  it('splits a span at the break, without a part over the gap', () => {
    const axis = makeAxis(600_000)
    expect(partsOf(axis, 10, 60)).toHaveLength(1)
    const [before, after] = partsOf(axis, 50, 300_000)
    expect(before!.x + before!.width).toBeCloseTo(0.27)
    expect(after!.x).toBeCloseTo(0.31)
  })

  it.each([150, 900, 4_000, 45_000, 3_000_000, 40_000_000, 9e9])('has at most seven ticks in its second piece for %i ms', (endMs) => {
    const ticks = makeAxis(endMs).ticks.filter((tick) => tick.piece === 2)
    expect(ticks.length).toBeGreaterThan(1)
    expect(ticks.length).toBeLessThan(8)
  })
})

describe('the rows', () => {
  it('stand in the order event, recipient, delivery, attempt', () => {
    const retried = delivery({ finishedAt: at(60_000), attempts: [tried(1, 60, 10_000, 'retry'), tried(2, 59_000, 400, 'delivered')] })
    const webhook = delivery({
      id: 'dlv_2',
      channel: 'webhook',
      recipientId: null,
      endpointId: 'end_1',
      attempts: [tried(1, 60, 20, 'delivered')],
    })
    const rows = draw(event([retried, webhook])).rows
    expect(rows.map((one) => one.kind)).toEqual(['event', 'event', 'group', 'delivery', 'attempt', 'attempt', 'group', 'delivery'])
    expect(rows.map((one) => one.label)).toEqual([
      'Accepted',
      'Relay and fan-out',
      'u1',
      'Email',
      '1',
      '2',
      'hooks.example.com/in',
      'Webhook',
    ])
  })

  it('a delivery waits, is tried, backs off and is tried again', () => {
    const retried = delivery({ finishedAt: at(59_400), attempts: [tried(1, 60, 10_000, 'retry'), tried(2, 59_000, 400, 'delivered')] })
    const { bars, marks, note } = row(event([retried]), 'dlv_1')
    expect(bars.map((one) => one.kind)).toEqual(['wait', 'fail', 'fail', 'back-off', 'ok'])
    expect(marks).toEqual([{ kind: 'disc', x: expect.any(Number) }])
    expect(note!.text).toBe('59 s')
    const ends = bars.map((one) => one.x + one.width)
    bars.slice(1).forEach((one, index) => expect(one.x).toBeGreaterThanOrEqual(ends[index]! - 1e-9))
  })

  it('what is planned is a ring, and now is drawn while something is open', () => {
    const retrying = delivery({
      state: 'retrying',
      finishedAt: null,
      reason: 'timeout',
      nextAttemptAt: at(98_000),
      attempts: [tried(1, 60, 10_000, 'retry')],
    })
    const given = event([retrying], { state: 'processing', completedAt: null })
    const { marks, note } = row(given, 'dlv_1', 65_000)
    expect(marks[0]!.kind).toBe('ring')
    expect(note!.text).toBe('next 14:22:41, in 33 s')
    const { nowX } = draw(given, 65_000)
    expect(nowX).toBeGreaterThan(0.3)
    expect(marks[0]!.x).toBeGreaterThan(nowX!)
    expect(draw(event([delivery({})])).nowX).toBeNull()
  })

  it('what is planned far away does not press the rest together', () => {
    const retrying = delivery({
      state: 'retrying',
      finishedAt: null,
      nextAttemptAt: at(36_000_000),
      attempts: [tried(1, 60, 10_000, 'retry')],
    })
    const { axis } = draw(event([retrying], { state: 'processing' }), 20_000)
    expect(axis.endMs).toBeLessThan(40_000)
  })

  it.each(['pending', 'sending', 'retrying', 'delivered', 'dead', 'suppressed', 'cancelled', 'held', 'maybe-sent'] as const)(
    'draws a delivery that is %s',
    (state) => {
      const open = ['pending', 'sending', 'retrying', 'held'].includes(state)
      const given = delivery({
        state,
        reason: 'because',
        finishedAt: open ? null : at(90),
        attempts: state === 'sending' ? [tried(1, 60, null, null)] : [],
      })
      const drawn = row(event([given], { state: open ? 'processing' : 'completed' }), 'dlv_1', 5_000)
      expect(drawn.bars.length + drawn.marks.length).toBeGreaterThan(0)
      for (const one of drawn.bars) {
        expect(one.x).toBeGreaterThanOrEqual(0)
        expect(one.x + one.width).toBeLessThanOrEqual(1)
      }
    },
  )

  it('says of an inbox message whether it was read', () => {
    const bell = delivery({ channel: 'in-app', finishedAt: at(50), attempts: [tried(1, 50, 0, 'delivered')] })
    const notification = {
      id: 'ntf_1',
      eventId: 'evt_1',
      recipientId: 'u1',
      workflowKey: 'w',
      channel: 'in-app',
      state: 'delivered',
      deliveryId: 'dlv_1',
      address: null,
      subject: 'x',
      sequence: 8_114,
      readAt: at(120_000),
      createdAt: at(50),
    } as const
    expect(row(event([bell], { notifications: [notification] }), 'dlv_1').note!.text).toBe('seq 8,114, read 14:23:03')
  })

  it('begins with the moment of what was scheduled, and leaves out what nobody reads', () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      delivery({ id: `dlv_${index}`, recipientId: `u${index}`, state: index === 99 ? 'dead' : 'delivered' }),
    )
    const { rows, hidden } = draw(event(many))
    expect(hidden).toBe(40)
    expect(rows.some((one) => one.id === 'dlv_99')).toBe(true)
    const scheduled = event([delivery({ createdAt: at(3_600_020), finishedAt: at(3_600_030) })], { scheduledAt: at(3_600_000) })
    expect(draw(scheduled, 3_700_000).axis.breakX).toBeNull()
  })
})

describe('the word for an attempt', () => {
  it('calls it a retry only while another one follows', () => {
    const both = [tried(1, 60, 10, 'retry'), tried(2, 90, 10, 'retry')]
    const words = (state: DeliveryView['state']): string[] => both.map((one) => attemptWord(one, { state, attempts: both }))
    expect(words('dead')).toEqual(['retry', 'failed'])
    expect(words('retrying')).toEqual(['retry', 'retry'])
  })
})
