// A process as the API and the live picture show it: its row, what it reports, and the state that follows from both.
import type { ProcessReport } from '#platform/telemetry/report-counters.ts'
import type { WorkerView } from '#shared/contracts/queue.ts'
import { publicId } from '#shared/ids.ts'
import type { WorkerRow } from './process.repository.ts'
import { workerState, type QueueFacts } from './worker-state.rules.ts'

export interface WorkerContext {
  /** Its last report; undefined while it does not speak. */
  report: ProcessReport | undefined
  /** Requests that it answers; null = not an API, or unknown. */
  requestsPerSecond: number | null
  queues: readonly (Omit<QueueFacts, 'paused'> & { pausedAt: Date | null })[]
}

export function workerViewOf(row: WorkerRow, { report, requestsPerSecond, queues }: WorkerContext): WorkerView {
  const facts = { ...row, busy: report?.busy ?? null, requestsPerSecond }
  return {
    id: publicId('process', row.id),
    name: row.name,
    roles: row.roles,
    pid: row.pid,
    host: row.host,
    version: row.version,
    startedAt: row.startedAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    ...workerState(
      facts,
      queues.map((queue) => ({ ...queue, paused: queue.pausedAt !== null })),
    ),
    loopLagMs: report?.loopLagMs ?? row.loopLagMs,
    rssBytes: report?.rssBytes ?? row.rssBytes,
  }
}
