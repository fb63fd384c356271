// A live picture for tests of the map.
import type { LiveQueue, LiveWorker, Measure, Snapshot } from '../contracts/live.ts'
import { queueNames, queues, type QueueName } from '../jobs/queues.ts'

export const at = '2026-11-20T14:32:08.000Z'

function queueWith(name: QueueName, change: Partial<LiveQueue> = {}): LiveQueue {
  return {
    name,
    purpose: queues[name].purpose,
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
    concurrency: 8,
    objectiveMs: 30_000,
    inRedis: 0,
    inPostgres: 0,
    attemptsPerSecond: 0,
    failuresPerSecond: 0,
    busySlots: 2,
    ...change,
  } as LiveQueue
}

export function worker(name: string, roles: string[], change: Partial<LiveWorker> = {}): LiveWorker {
  const concurrency = roles.includes('api') ? {} : Object.fromEntries(queueNames.map((queue) => [queue, 8]))
  const fixed = {
    id: `prc_${name}`,
    name,
    roles,
    pid: 1,
    host: 'box',
    version: '1',
    startedAt: at,
    lastSeenAt: at,
    state: 'working' as const,
    reason: 'It works.',
  }
  return { ...fixed, loopLagMs: 1, rssBytes: 1, concurrency, busy: null, lastProgressAt: at, cpuShare: null, ...change }
}

export const passing = (ratePerSecond: number, change: Partial<Measure> = {}): Measure => ({
  ratePerSecond,
  errorsPerSecond: 0,
  p50Ms: 4,
  p95Ms: 12,
  ...change,
})

/** A healthy moment with events, mails and webhooks under way; `changed`: what is otherwise of a queue. */
export function snapshot(change: Partial<Snapshot> = {}, changed: Partial<Record<QueueName, Partial<LiveQueue>>> = {}): Snapshot {
  return {
    sequence: 1,
    at,
    stores: {
      postgres: { connections: 9, rowsPerSecond: 1_690, transactionsPerSecond: 80, sizeBytes: 1e8, pingMs: 0.4 },
      redis: { usedBytes: 212e6, maxBytes: 1_024e6, pingMs: 0.2, opsPerSecond: 400 },
    },
    outbox: { rows: 20_912, oldestDueMs: 30 },
    providers: [],
    failures: { seconds: 0, items: [], totals: {} },
    queues: queueNames.map((name) => queueWith(name, changed[name])),
    workers: [worker('api-1', ['api']), worker('worker-1', ['relay', 'fan-out', 'delivery', 'replay'])],
    measures: { 'http.accept': passing(142), auth: passing(142), 'provider.email': passing(38), 'provider.webhook': passing(152) },
    states: {},
    limits: {},
    workspace: {
      id: 'wsp_1',
      ledger: {} as Snapshot['workspace']['ledger'],
      acceptedPerSecond: 142,
      deliveredPerSecond: 240,
      createdPerSecond: 240,
      openLetters: 0,
      bulkheads: [],
      causes: [],
    },
    ...change,
  }
}
