// Pure: which of the rows that the relay has claimed go into Redis together, and in which order.
import type { Dispatch } from '#platform/queue/index.ts'
import { queues as definitions, type QueueName } from '#shared/jobs/queues.ts'
import type { ClaimedRow } from './outbox.repository.ts'

/** Due rows of one lane share jobs, lanes take turns; a delayed row gets a job that fires at its own moment. */
export function intoChunks(queue: QueueName, rows: readonly Pick<ClaimedRow, 'id' | 'n' | 'lane' | 'priority' | 'dueInMs'>[]): Dispatch[] {
  const size = definitions[queue].chunkRows
  const perLane: Dispatch[][] = []
  for (const laneRows of Map.groupBy(rows, (row) => row.lane).values()) {
    const chunks: Dispatch[] = []
    const due = laneRows.filter((row) => row.dueInMs <= 0).sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1))
    for (let i = 0; i < due.length; i += size) {
      chunks.push({ queue, rows: due.slice(i, i + size).map((row) => ({ id: row.id, n: row.n })), delayMs: 0 })
    }
    for (const [dueInMs, together] of Map.groupBy(
      laneRows.filter((row) => row.dueInMs > 0),
      (row) => Math.ceil(row.dueInMs),
    )) {
      for (let i = 0; i < together.length; i += size) {
        chunks.push({ queue, rows: together.slice(i, i + size).map((row) => ({ id: row.id, n: row.n })), delayMs: dueInMs })
      }
    }
    perLane.push(chunks)
  }
  const inTurn: Dispatch[] = []
  for (let i = 0; perLane.some((chunks) => i < chunks.length); i++) {
    for (const chunks of perLane) if (chunks[i]) inTurn.push(chunks[i]!)
  }
  return inTurn
}
