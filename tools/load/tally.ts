// What came back: statuses, latencies of what was taken and of what was refused, and when each event was answered.
import type { Answer } from './requests.ts'
import { Samples, type Percentiles } from './percentiles.ts'

export interface LoadResult {
  /** From the first request to the last answer. */
  durationSeconds: number
  requests: number
  events: number
  /** Events answered 2xx. */
  accepted: number
  statuses: Record<string, number>
  latencyMs: Percentiles
  refusedLatencyMs: Percentiles
  /** Answers 429 and 503, and how many of them said when to come back. */
  refused: number
  refusedWithRetryAfter: number
}

export class Tally {
  private readonly statuses = new Map<number, number>()
  private readonly latency = new Samples()
  private readonly refusedLatency = new Samples()
  private requests = 0
  private events = 0
  private accepted = 0
  private refused = 0
  private refusedWithRetryAfter = 0

  add(answer: Answer, events: number, latencyUs: number): void {
    this.requests++
    this.events += events
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1)
    if (answer.status >= 200 && answer.status < 300) {
      this.accepted += events
      this.latency.add(latencyUs)
    } else if (answer.status === 429 || answer.status === 503) {
      this.refused++
      if (answer.retryAfter !== null) this.refusedWithRetryAfter++
      this.refusedLatency.add(latencyUs)
    }
  }

  result(durationUs: number): LoadResult {
    return {
      durationSeconds: durationUs / 1_000_000,
      requests: this.requests,
      events: this.events,
      accepted: this.accepted,
      statuses: Object.fromEntries([...this.statuses].sort().map(([status, count]) => [status === 0 ? 'broken' : String(status), count])),
      latencyMs: this.latency.percentilesMs(),
      refusedLatencyMs: this.refusedLatency.percentilesMs(),
      refused: this.refused,
      refusedWithRetryAfter: this.refusedWithRetryAfter,
    }
  }
}
