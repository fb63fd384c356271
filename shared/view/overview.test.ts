import { expect, it } from 'vitest'
import type { LiveQueue, Snapshot } from '../contracts/live.ts'
import { channelRows, formatPercent, formatRate, lostWords, overviewFaults } from './overview.ts'

const queue = (changes: Partial<LiveQueue>): LiveQueue => ({
  name: 'delivery-email',
  purpose: '',
  state: 'running',
  pausedBy: null,
  pausedReason: null,
  pausedAt: null,
  waiting: 0,
  active: 0,
  delayed: 0,
  oldestAgeMs: 0,
  arrivalPerSecond: 0,
  servicePerSecond: 0,
  drainSeconds: 0,
  workers: 1,
  concurrency: 5,
  concurrencySetting: null,
  concurrencyMax: 64,
  ratePerSecond: null,
  changedBy: null,
  changedReason: null,
  changedAt: null,
  objectiveMs: 30_000,
  inRedis: 0,
  inPostgres: 0,
  attemptsPerSecond: 0,
  failuresPerSecond: 0,
  busySlots: 0,
  ...changes,
})

const zeroEvents = { accepted: 10, completed: 10, pending: 0, scheduled: 0, unmatched: 0, dead: 0, cancelled: 0, unaccounted: 0 }
const zeroDeliveries = {
  created: 10,
  delivered: 10,
  pending: 0,
  dead: 0,
  suppressed: 0,
  cancelled: 0,
  held: 0,
  maybeSent: 0,
  unaccounted: 0,
}
const at = '2026-11-20T14:32:08.000Z'
const snapshot = (changes: Partial<Snapshot> = {}, workspace: Partial<Snapshot['workspace']> = {}): Snapshot => ({
  sequence: 1,
  at,
  stores: {
    postgres: { connections: 1, rowsPerSecond: 0, transactionsPerSecond: 0, sizeBytes: 0, pingMs: 1 },
    redis: { usedBytes: 0, maxBytes: null, pingMs: 1, opsPerSecond: 0 },
  },
  outbox: { rows: 0, oldestDueMs: null },
  providers: [],
  failures: { seconds: 0, items: [], totals: {} },
  queues: [queue({})],
  workers: [],
  measures: {},
  limits: {},
  states: {},
  ...changes,
  workspace: {
    id: 'wsp_1',
    ledger: { asOf: at, events: zeroEvents, deliveries: zeroDeliveries },
    acceptedPerSecond: 0,
    deliveredPerSecond: 0,
    createdPerSecond: 0,
    openLetters: 0,
    bulkheads: [],
    causes: [],
    ...workspace,
  },
})

it('says nothing while nothing is wrong', () => {
  expect(overviewFaults(snapshot())).toEqual([])
})

it('says what is wrong, worst first, with one button each', () => {
  const faults = overviewFaults(
    snapshot(
      {
        stores: { ...snapshot().stores, redis: null },
        queues: [
          queue({ oldestAgeMs: 304_000, arrivalPerSecond: 61, servicePerSecond: 37.2, drainSeconds: 31_536_000 }),
          queue({ name: 'fan-out', state: 'paused', pausedBy: 'operator 1', pausedReason: 'a look', waiting: 12 }),
        ],
      },
      {
        ledger: { asOf: at, events: { ...zeroEvents, unaccounted: 2 }, deliveries: { ...zeroDeliveries, held: 1_184 } },
        causes: [{ id: 'cau_1', title: 'connection refused', channels: ['webhook'], open: 847, lastSeenAt: at }],
      },
    ),
  )
  expect(faults.map(({ strong, text, note, action }) => [`${strong} ${text}`, note, action.label])).toEqual([
    ['2 events are in no state. The ledger does not add up.', undefined, 'Show the rows'],
    ['Redis does not answer: events are accepted and wait in Postgres until it is back.', undefined, 'Open the map'],
    [
      'delivery-email is 5 m 04 s behind (objective 30 s) because 61.0/s arrive and 37.2/s are served.',
      'It grows at these rates.',
      'Look at delivery-email',
    ],
    ['fan-out is paused by operator 1: a look.', '12 wait.', 'Resume fan-out...'],
    ['1,184 deliveries are held for a person: their endpoint or provider is on hold.', undefined, 'Decide...'],
    ['847 deliveries are dead: connection refused', undefined, 'Replay 847...'],
  ])
})

it('names the provider that fails as the reason, and nobody at work before that', () => {
  const measures = { 'provider.email': { ratePerSecond: 10, errorsPerSecond: 9.1, p50Ms: 10, p95Ms: 10_000 } }
  const late = { oldestAgeMs: 60_000, arrivalPerSecond: 5, servicePerSecond: 1, drainSeconds: 960 }
  expect(overviewFaults(snapshot({ measures, queues: [queue(late)] }))[0]).toMatchObject({
    text: '(objective 30 s) because 91% of its Email attempts fail.',
    note: 'Backlog gone in about 16 min.',
  })
  expect(overviewFaults(snapshot({ measures, queues: [queue({ ...late, workers: 0 })] }))[0]).toMatchObject({
    text: '(objective 30 s) because no worker takes it.',
    action: { to: '/workers' },
  })
})

it('says which provider is held, by whom and why, and shows its channel so', () => {
  const provider = { heldAt: at, heldBy: 'Ada', heldReason: 'it times out', waiting: 0, held: 54, state: 'held', key: 'email' } as const
  const held = snapshot({ providers: [provider] })
  expect(overviewFaults(held)).toEqual([
    {
      id: 'held email',
      lamp: 'paused',
      strong: 'Email is held',
      text: 'by Ada: it times out.',
      note: '54 wait.',
      action: { label: 'Release all mail...', to: '/map?node=mail' },
    },
  ])
  expect(channelRows(held, false)[0]).toMatchObject({ channel: 'email', lamp: 'paused', success: 'held' })
})

it('shows a channel that carries nothing as no data, never as good', () => {
  const measures = { 'provider.webhook': { ratePerSecond: 150, errorsPerSecond: 0.9, p50Ms: 20, p95Ms: 310 } }
  expect(channelRows(snapshot({ measures }), false)).toMatchObject([
    { name: 'Email', lamp: 'none', success: null },
    { name: 'Webhook', lamp: 'ok', delivered: '149/s', success: '99.4%', p95: '310 ms' },
    { name: 'In-app', lamp: 'none' },
  ])
  expect(channelRows(snapshot({ measures }), true)[1]).toMatchObject({ lamp: 'none', delivered: '149/s' })
})

it('writes rates and shares', () => {
  expect([0, 0.3, 37.24, 142.3].map(formatRate)).toEqual(['0', '0.3', '37.2', '142'])
  expect([1, 0.9994, 0.91, 0.09].map(formatPercent)).toEqual(['100%', '99.9%', '91%', '9.0%'])
  expect(lostWords({ events: zeroEvents, deliveries: { ...zeroDeliveries, unaccounted: 1 } })).toBe('1 delivery is')
})
