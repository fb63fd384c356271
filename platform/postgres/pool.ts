// Two pools. `pool` is for everything; `hot` is for the prepared statements of the path, whose plans are pinned:
// a plan made on a fresh, empty table is a sequential scan for ever (docs/decisions/0006-pinned-plans.md).
import pg from 'pg'
import type { Place } from '#platform/telemetry/counters.ts'
import { countingClient } from './counting-client.ts'

export type Pool = pg.Pool
export type PoolClient = pg.PoolClient

// timestamptz as ISO text costs a Date per cell; bigint as text breaks arithmetic. Both are safe here (< 2^53).
pg.types.setTypeParser(pg.types.builtins.INT8, (value) => Number(value))

export interface PoolOptions {
  url: string
  max: number
  applicationName: string
  /** Pin plans for prepared statements on small or fresh tables. */
  hot?: boolean
  /** For statements whose loss in a database crash is harmless (see outbox `start`). */
  asynchronousCommit?: boolean
  /** Statements, their rows and times are counted here. */
  counts?: Place
}

/** A process that is frozen inside a transaction keeps its locks no longer than it keeps its leases. */
const idleInTransactionMs = 8_000

/** A pool that never keeps the process alive and never throws from an idle client. */
export function createPool(options: PoolOptions): Pool {
  const settings = [
    `-c idle_in_transaction_session_timeout=${idleInTransactionMs}`,
    // A page's query of a few milliseconds must not start processes, nor a count of a million rows take every core from the path.
    '-c max_parallel_workers_per_gather=0',
    ...(options.hot ? ['-c enable_seqscan=off', '-c plan_cache_mode=force_generic_plan', '-c jit=off'] : []),
    ...(options.asynchronousCommit ? ['-c synchronous_commit=off'] : []),
  ]
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    options: settings.join(' '),
    ...(options.counts ? { Client: countingClient(options.counts) } : {}),
  })
  pool.on('error', () => {
    // An idle connection broke: the pool drops it, the next query opens another one.
  })
  pool.on('connect', (client) => {
    // A connection in use broke between two queries: the next query on it fails, but an event without a listener would end the process.
    client.on('error', () => {})
  })
  return pool
}

/** SQLSTATE of an error, or undefined when it did not come from Postgres. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}

const serialization = new Set(['40P01', '40001'])
const unavailable = new Set(['57P01', '57P02', '57P03', '53300', '08000', '08003', '08006', '08001', '08004', '25006', '57P05', '25P03'])

/** A deadlock or serialization failure: the same transaction may be tried again as it is. */
export function isRetryable(error: unknown): boolean {
  return serialization.has(sqlState(error) ?? '')
}

/** The database cannot be reached, is starting, or went away: nothing is known to be wrong with the statement. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error)
  if (state) return unavailable.has(state)
  if (!(error instanceof Error)) return false
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPIPE' || code === 'ETIMEDOUT' || code === 'ENOENT') return true
  return /connection terminated|connection ended|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/i.test(
    error.message,
  )
}

/** Runs `work` in one transaction; rolled back when it throws; repeated (at most 5 times) after a deadlock. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      await client.query('BEGIN')
      const result = await work(client)
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => {
        broken = failure
      })
      if (attempt >= 5 || !isRetryable(error)) throw error
    } finally {
      client.release(broken)
    }
  }
}

/** Repeats one self-contained statement (or transaction) after a deadlock or serialization failure. */
export async function retrySerialization<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= 5 || !isRetryable(error)) throw error
    }
  }
}
