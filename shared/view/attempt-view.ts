// A row of `attempt` as clients see it; deliveries and dead letters both show them.
import type { z } from 'zod'
import type { attemptOutcomes, attemptSchema } from '../contracts/event.ts'

export interface AttemptRow {
  number: number
  startedAt: Date
  durationMs: number | null
  outcome: string | null
  statusCode: number | null
  errorCode: string | null
  error: string | null
  connectMs?: number | null
  tlsMs?: number | null
  firstByteMs?: number | null
}

export function attemptView(row: AttemptRow): z.infer<typeof attemptSchema> {
  return {
    number: row.number,
    startedAt: row.startedAt.toISOString(),
    durationMs: row.durationMs,
    outcome: row.outcome as (typeof attemptOutcomes)[number] | null,
    statusCode: row.statusCode,
    error: row.error,
    ...(row.errorCode === null ? {} : { errorCode: row.errorCode }),
    ...(typeof row.connectMs === 'number' ? { connection: { connectMs: row.connectMs, tlsMs: row.tlsMs ?? null } } : {}),
    ...(typeof row.firstByteMs === 'number' ? { firstByteMs: row.firstByteMs } : {}),
  }
}
