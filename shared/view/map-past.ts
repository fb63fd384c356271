// A moment of the past in the shape of the live picture, so that the map draws both alike. What was not kept is null.
import type { LiveQueue, LiveWorker, Snapshot } from '../contracts/live.ts'
import type { LiveHistory } from '../contracts/topology.ts'
import { queues, queueNames } from '../jobs/queues.ts'

type Picture = NonNullable<LiveHistory['picture']>

/** `live` gives what does not change with time: thresholds and the workspace. */
export function pastSnapshot(picture: Picture, live: Snapshot | null): Snapshot {
  const { figures, at } = picture
  const figure = (name: string): number | null => figures[name] ?? null
  const usedBytes = figure('redis.usedBytes')
  return {
    sequence: 0,
    at,
    stores: {
      postgres: {
        connections: figure('postgres.connections'),
        rowsPerSecond: figure('postgres.rows'),
        transactionsPerSecond: figure('postgres.transactions'),
        sizeBytes: figure('postgres.sizeBytes'),
        pingMs: figure('postgres.pingMs'),
      },
      redis:
        usedBytes === null
          ? null
          : {
              usedBytes,
              maxBytes: figure('redis.maxBytes'),
              pingMs: figure('redis.p50') ?? 0,
              opsPerSecond: figure('redis.rate') ?? 0,
            },
    },
    outbox: { rows: Math.round(figure('outbox.rows') ?? 0), oldestDueMs: figure('outbox.oldestMs') },
    providers: [],
    failures: { seconds: 0, items: [], totals: {} },
    queues: picture.queues.map(pastQueue),
    workers: pastWorkers(figures, at),
    measures: picture.measures,
    states: picture.states,
    limits: live?.limits ?? {},
    workspace: { ...(live?.workspace ?? ({ id: '' } as Snapshot['workspace'])), openLetters: 0, causes: [], bulkheads: [] },
  } as Snapshot
}

function pastQueue(queue: Picture['queues'][number]): LiveQueue {
  const drains = (queue.servicePerSecond ?? 0) - (queue.arrivalPerSecond ?? 0)
  return {
    ...queue,
    purpose: queues[queue.name].purpose,
    pausedBy: null,
    pausedReason: null,
    pausedAt: null,
    drainSeconds: queue.waiting === 0 ? 0 : drains > 0 ? queue.waiting / drains : 31_536_000,
    inRedis: null,
    inPostgres: 0,
    attemptsPerSecond: null,
    failuresPerSecond: null,
  } as LiveQueue
}

/** Processes by the figures that they left. Roles are not kept: names of the launcher say whether one was an API. */
function pastWorkers(figures: Readonly<Record<string, number>>, at: string): LiveWorker[] {
  const names = new Set(Object.keys(figures).flatMap((name) => /^process\.(.+)\.\w+$/.exec(name)?.[1] ?? []))
  return [...names].map((name) => {
    const isApi = name.startsWith('api')
    const isWorker = name.startsWith('worker')
    return {
      id: name,
      name,
      roles: isApi ? ['api'] : isWorker ? ['relay', 'fan-out', 'delivery', 'replay'] : [name],
      pid: 0,
      host: '',
      version: '',
      startedAt: at,
      lastSeenAt: at,
      state: 'working',
      reason: '',
      loopLagMs: figures[`process.${name}.lagMs`] ?? 0,
      rssBytes: figures[`process.${name}.rssBytes`] ?? 0,
      concurrency: isWorker ? Object.fromEntries(queueNames.map((queue) => [queue, 0])) : {},
      busy: null,
      lastProgressAt: null,
      cpuShare: figures[`process.${name}.cpu`] ?? null,
    }
  })
}
