// One look at everything: what the processes report, what Redis and Postgres say about themselves, what waits.
import type { Pool } from '#platform/postgres/index.ts'
import type { Redis } from '#platform/redis/index.ts'
import { reportsKey, type ProcessReport } from '#platform/telemetry/report-counters.ts'
import type { Ledger } from '#shared/contracts/ledger.ts'
import type { ProviderView } from '#shared/contracts/provider.ts'
import { queueNames } from '#shared/jobs/queues.ts'
import { readLedgers } from '../ledger/index.ts'
import { readWorkers, type WorkerRow } from '../processes/index.ts'
import { readProviderViews } from '../providers/index.ts'
import { readQueueRows, type QueueRow } from '../queues/index.ts'
import { watchedKey } from './keys.ts'
import {
  readDatabase,
  readDatabaseSize,
  readEndpointNames,
  readLiveCauses,
  readReplayMarks,
  type DatabaseRow,
  type LiveCauseRow,
} from './live.repository.ts'

/** A page that is open says so every few seconds. */
const watchedForMs = 8_000
/** A report that has stood still for so long comes from a process that stopped speaking. */
const silentAfterMs = 3_500
/** What a silent process wrote is kept for this long, then thrown away. */
const forgottenAfterMs = 60_000
/** A statement whose cost grows with a backlog takes at most this share of the time. */
const costFactor = 20
/** What takes less than this share of a second anyway is counted every second. */
const snapshotSlackMs = 900
const sizeEveryMs = 60_000
const topCauses = 5

export interface RedisFigures {
  usedBytes: number
  maxBytes: number | null
  opsPerSecond: number
  pingMs: number
}

/** What is true for the instance at one moment. */
export interface Look {
  /** The collector's own monotonic clock. */
  atMs: number
  /** For people. */
  at: Date
  reports: Map<string, ProcessReport>
  redis: RedisFigures
  postgres: DatabaseRow & { pingMs: number; sizeBytes: number | null }
  queues: QueueRow[]
  providers: ProviderView[]
  /** When the queues were counted: not at every look when that takes long. */
  queuesAtMs: number
  workers: WorkerRow[]
  workspaces: Map<string, WorkspaceLook>
}

export interface WorkspaceLook {
  ledger: Ledger
  causes: LiveCauseRow[]
  /** Calls on their way to its endpoints, all workers together. */
  bulkheads: { endpointId: string; url: string; inUse: number; limit: number }[]
  replays: Map<string, string>
}

export interface Looker {
  /** Workspaces that a page shows somewhere. Rejects while Redis is away. */
  watched(): Promise<string[]>
  /** Rejects while Redis or Postgres is away: half a picture is none. */
  look(workspaceIds: readonly string[]): Promise<Look>
}

/** All processes together, by endpoint. */
function bulkheadsOf(reports: ReadonlyMap<string, ProcessReport>): Map<string, { inUse: number; limit: number }> {
  const sums = new Map<string, { inUse: number; limit: number }>()
  for (const { bulkheads } of reports.values())
    for (const [id, inUse, limit] of bulkheads ?? []) {
      const sum = sums.get(id)
      sums.set(id, { inUse: inUse + (sum?.inUse ?? 0), limit: limit + (sum?.limit ?? 0) })
    }
  return sums
}

const watchedScript = `
local t = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', t[1] * 1000 - tonumber(ARGV[1]))
return redis.call('ZRANGE', KEYS[1], 0, -1)`

export function createLooker(deps: { pool: Pool; redis: Redis }): Looker {
  const { pool, redis } = deps
  const heard = new Map<string, { number: number; atMs: number }>()
  let queues: { rows: QueueRow[]; providers: ProviderView[]; atMs: number; nextAtMs: number } | undefined
  let size: { bytes: number; atMs: number } | undefined

  /** Only of processes that still speak; what the others left is thrown away in time. */
  async function readReports(atMs: number): Promise<Map<string, ProcessReport>> {
    const fresh = new Map<string, ProcessReport>()
    const raw = await redis.hgetall(reportsKey)
    const gone: string[] = []
    for (const [id, text] of Object.entries(raw)) {
      const report = JSON.parse(text) as ProcessReport
      const last = heard.get(id)
      if (last?.number !== report.number) heard.set(id, { number: report.number, atMs })
      const silentMs = atMs - heard.get(id)!.atMs
      if (silentMs <= silentAfterMs) fresh.set(id, report)
      else if (silentMs > forgottenAfterMs) gone.push(id)
    }
    for (const id of heard.keys()) if (!(id in raw)) heard.delete(id)
    if (gone.length > 0) await redis.hdel(reportsKey, ...gone)
    return fresh
  }

  async function readRedis(): Promise<RedisFigures> {
    const startedAt = performance.now()
    const info = await redis.info('memory', 'stats')
    const pingMs = performance.now() - startedAt
    const field = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
    return {
      usedBytes: field('used_memory'),
      maxBytes: field('maxmemory') || null,
      opsPerSecond: field('instantaneous_ops_per_sec'),
      pingMs: Number(pingMs.toPrecision(3)),
    }
  }

  async function readQueues(atMs: number): Promise<{ rows: QueueRow[]; providers: ProviderView[]; atMs: number }> {
    if (queues && atMs < queues.nextAtMs) return queues
    const startedAt = performance.now()
    const [rows, providers] = await Promise.all([readQueueRows(pool, queueNames), readProviderViews(pool)])
    const tookMs = performance.now() - startedAt
    queues = { rows, providers, atMs, nextAtMs: atMs + costFactor * tookMs - snapshotSlackMs }
    return queues
  }

  async function readPostgres(atMs: number): Promise<Look['postgres']> {
    const startedAt = performance.now()
    const row = await readDatabase(pool)
    const pingMs = Number((performance.now() - startedAt).toPrecision(3))
    if (!size || atMs - size.atMs > sizeEveryMs) size = { bytes: await readDatabaseSize(pool), atMs }
    return { ...row, pingMs, sizeBytes: size.bytes }
  }

  async function readWorkspaces(ids: readonly string[], reports: Map<string, ProcessReport>): Promise<Map<string, WorkspaceLook>> {
    if (ids.length === 0) return new Map()
    const bulkheads = bulkheadsOf(reports)
    const [ledgers, causes, replays, endpoints] = await Promise.all([
      readLedgers(pool, ids),
      readLiveCauses(pool, ids, topCauses),
      readReplayMarks(pool, ids),
      bulkheads.size > 0 ? readEndpointNames(pool, ids, [...bulkheads.keys()]) : [],
    ])
    return new Map(
      ids.map((id, at) => [
        id,
        {
          ledger: ledgers[at]!,
          causes: causes.filter((cause) => cause.workspaceId === id),
          bulkheads: endpoints
            .filter((endpoint) => endpoint.workspaceId === id)
            .map(({ id: endpointId, url }) => ({ endpointId, url, ...bulkheads.get(endpointId)! })),
          replays: new Map(replays.filter((replay) => replay.workspaceId === id).map((replay) => [replay.id, replay.mark])),
        },
      ]),
    )
  }

  return {
    async watched() {
      return (await redis.eval(watchedScript, 1, watchedKey, watchedForMs)) as string[]
    },
    async look(workspaceIds) {
      const atMs = performance.now()
      const reports = await readReports(atMs)
      const [redisFigures, counted, postgres, workers, workspaces] = await Promise.all([
        readRedis(),
        readQueues(atMs),
        readPostgres(atMs),
        readWorkers(pool),
        readWorkspaces(workspaceIds, reports),
      ])
      return {
        atMs,
        at: new Date(),
        reports,
        redis: redisFigures,
        postgres,
        queues: counted.rows,
        providers: counted.providers,
        queuesAtMs: counted.atMs,
        workers,
        workspaces,
      }
    },
  }
}
