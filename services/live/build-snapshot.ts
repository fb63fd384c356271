// Looks -> the snapshot. What one look cannot know (rates) comes from those of the last seconds; what is not known stays null.
import type { Failures, LiveQueue, LiveWorker, Measure, Snapshot } from '#shared/contracts/live.ts'
import { publicId } from '#shared/ids.ts'
import { queues as definitions, type QueueName } from '#shared/jobs/queues.ts'
import { endpointName } from '#shared/view/endpoint-name.ts'
import { apiMeasure, arriveMeasure, providerMeasure, serveMeasure } from '#shared/topology/measures.ts'
import { workerViewOf } from '../processes/index.ts'
import { queueViewOf } from '../queues/index.ts'
import type { Look } from './look.ts'
import { measuresOver, type MeasureWithUnits } from './measure.rules.ts'

const shownBulkheads = 6

/** Everything that all workspaces share. */
export type CommonSnapshot = Omit<Snapshot, 'sequence' | 'workspace' | 'states' | 'limits'>

export interface InstancePicture {
  common: CommonSnapshot
  measures: Map<string, Measure>
}

/** The instance as of the newest of these looks, oldest first. */
export function buildCommon(looks: readonly Look[], objectives: Record<QueueName, number>, failures: Failures): InstancePicture {
  const now = looks.at(-1)!
  const measured = measuresOver(looks)
  const measures = new Map<string, Measure>([...measured].map(([id, measure]) => [id, withoutUnits(measure)]))
  measures.set('redis', {
    ratePerSecond: now.redis.opsPerSecond,
    errorsPerSecond: 0,
    p50Ms: now.redis.pingMs,
    p95Ms: Math.max(...looks.map((look) => look.redis.pingMs)),
  })
  for (const queue of now.queues) addArrivals(measures, looks, queue.name)
  const queues = now.queues.map((row) => liveQueue(row, now, measures, objectives))
  return {
    measures,
    common: {
      at: now.at.toISOString(),
      stores: storesOf(looks),
      outbox: {
        rows: now.queues.reduce((sum, row) => sum + row.waiting + row.active + row.delayed, 0),
        oldestDueMs: oldestOf(now),
      },
      queues,
      providers: now.providers,
      failures,
      workers: now.workers.map((row) => liveWorker(row, looks, measures)),
      measures: Object.fromEntries(measures),
    },
  }
}

function withoutUnits({ unitsPerSecond: _, ...measure }: MeasureWithUnits): Measure {
  return measure
}

/** What came is what was done plus what the backlog grew by. */
function addArrivals(measures: Map<string, Measure>, looks: readonly Look[], name: QueueName): void {
  const serve = measures.get(serveMeasure(name))
  const now = looks.at(-1)!
  const first = looks.find((look) => look.queuesAtMs < now.queuesAtMs)
  if (!serve || !first) return
  const depth = (look: Look): number => {
    const row = look.queues.find((queue) => queue.name === name)
    return row ? row.waiting + row.active : 0
  }
  const grown = (depth(now) - depth(first)) / ((now.queuesAtMs - first.queuesAtMs) / 1_000)
  const ratePerSecond = Math.round(Math.max(0, serve.ratePerSecond + grown) * 10) / 10
  measures.set(arriveMeasure(name), { ratePerSecond, errorsPerSecond: 0, p50Ms: null, p95Ms: null })
}

function liveQueue(
  row: Look['queues'][number],
  now: Look,
  measures: ReadonlyMap<string, Measure>,
  objectives: Record<QueueName, number>,
): LiveQueue {
  const arrivalPerSecond = measures.get(arriveMeasure(row.name))?.ratePerSecond ?? null
  const serve = measures.get(serveMeasure(row.name))
  const channel = definitions[row.name].kind === 'deliver' ? row.name.replace('delivery-', '') : null
  const provider = channel === null ? undefined : measures.get(providerMeasure(channel))
  const reporting = [...now.reports.values()].filter((report) => row.name in report.busy)
  return {
    ...queueViewOf(row, { arrivalPerSecond, servicePerSecond: serve?.ratePerSecond ?? null }),
    arrivalPerSecond,
    servicePerSecond: serve?.ratePerSecond ?? null,
    // A call that takes long is not a queue that is behind.
    oldestAgeMs: row.waitingAgeMs,
    objectiveMs: objectives[row.name],
    inRedis: row.inRedis,
    inPostgres: row.inPostgres,
    attemptsPerSecond: provider?.ratePerSecond ?? null,
    failuresPerSecond: provider?.errorsPerSecond ?? null,
    busySlots: reporting.length === 0 ? null : reporting.reduce((sum, report) => sum + report.busy[row.name]!, 0),
  }
}

function liveWorker(row: Look['workers'][number], looks: readonly Look[], measures: ReadonlyMap<string, Measure>): LiveWorker {
  const now = looks.at(-1)!
  const report = now.reports.get(row.id)
  return {
    ...workerViewOf(row, {
      report,
      requestsPerSecond: row.roles.includes('api') ? (measures.get(apiMeasure(row.name))?.ratePerSecond ?? null) : null,
      queues: now.queues,
    }),
    concurrency: row.concurrency,
    busy: report?.busy ?? null,
    lastProgressAt: row.lastProgressAt?.toISOString() ?? null,
    cpuShare: cpuShare(looks, row.id),
  }
}

function cpuShare(looks: readonly Look[], id: string): number | null {
  const now = looks.at(-1)!
  const first = looks.find((look) => look.reports.has(id))
  const [before, after] = [first?.reports.get(id), now.reports.get(id)]
  if (!first || !before || !after || after.upMs <= before.upMs) return null
  return Math.max(0, Math.round(((after.cpuMs - before.cpuMs) / (after.upMs - before.upMs)) * 1_000) / 1_000)
}

function storesOf(looks: readonly Look[]): Snapshot['stores'] {
  const [first, now] = [looks[0]!, looks.at(-1)!]
  const seconds = (now.atMs - first.atMs) / 1_000
  const perSecond = (after: number, before: number): number | null =>
    seconds > 0 ? Math.max(0, Math.round(((after - before) / seconds) * 10) / 10) : null
  return {
    postgres: {
      connections: now.postgres.connections,
      rowsPerSecond: perSecond(now.postgres.rows, first.postgres.rows),
      transactionsPerSecond: perSecond(now.postgres.transactions, first.postgres.transactions),
      sizeBytes: now.postgres.sizeBytes,
      pingMs: now.postgres.pingMs,
    },
    redis: {
      usedBytes: now.redis.usedBytes,
      maxBytes: now.redis.maxBytes,
      pingMs: now.redis.pingMs,
      opsPerSecond: now.redis.opsPerSecond,
    },
  }
}

function oldestOf(look: Look): number | null {
  const waiting = look.queues.filter((queue) => queue.waiting > 0).map((queue) => queue.waitingAgeMs)
  return waiting.length === 0 ? null : Math.max(...waiting)
}

/** One workspace's part; rates over the looks that had it. */
export function buildWorkspace(looks: readonly Look[], id: string): Snapshot['workspace'] | null {
  const now = looks.at(-1)!
  const mine = now.workspaces.get(id)
  if (!mine) return null
  const first = looks.find((look) => look.workspaces.has(id))!
  const seconds = (now.atMs - first.atMs) / 1_000
  const rate = (pick: (ledger: Snapshot['workspace']['ledger']) => number): number | null =>
    seconds > 0 ? Math.max(0, Math.round(((pick(mine.ledger) - pick(first.workspaces.get(id)!.ledger)) / seconds) * 10) / 10) : null
  return {
    id,
    ledger: mine.ledger,
    acceptedPerSecond: rate((ledger) => ledger.events.accepted),
    deliveredPerSecond: rate((ledger) => ledger.deliveries.delivered),
    createdPerSecond: rate((ledger) => ledger.deliveries.created),
    openLetters: mine.causes[0]?.openLetters ?? 0,
    bulkheads: mine.bulkheads
      .sort((a, b) => b.inUse - a.inUse || a.limit - b.limit)
      .slice(0, shownBulkheads)
      .map(({ endpointId, url, inUse, limit }) => ({
        endpointId: publicId('endpoint', endpointId),
        name: endpointName(url),
        inUse,
        limit,
      })),
    causes: mine.causes.map((cause) => ({
      id: publicId('cause', cause.id),
      title: cause.title,
      channels: cause.channels,
      open: cause.open,
      lastSeenAt: cause.lastSeenAt.toISOString(),
    })),
  }
}
