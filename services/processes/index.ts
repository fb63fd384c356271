// Processes: who is alive. A heartbeat every 2 s is the lease of everything a process has started.
//
// owner      the process id (UUID) that rows are leased to
// ended      said by the process itself when it stops, or by the launcher that saw it die: its rows are free at once
// state      what a process is doing and why we think so: one rule for GET /workers and the live picture
// progress   the last time this process did anything for a row: alive but not consuming is told apart from idle
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { hostname } from 'node:os'
import type { Pool } from '#platform/postgres/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import {
  beat,
  endProcess,
  forgetOldProcesses,
  readWorkers,
  registerProcess,
  storeConcurrency,
  type WorkerRow,
} from './process.repository.ts'

export { forgetOldProcesses, readWorkers, type WorkerRow }
export { workerViewOf } from './worker-view.ts'

const beatMs = 2_000

export interface ProcessRegistration {
  readonly id: string
  /** Something was done for a row. */
  progressed(): void
  /** What this process has on its way at most, by queue, from now on. */
  setConcurrency(queue: string, concurrency: number): Promise<void>
  /** stop() was called: shown as stopping until the end. */
  stopping(): void
  end(): Promise<void>
}

export interface ProcessFacts {
  id: string
  name: string
  roles: string[]
  version: string
  concurrency: Record<string, number>
  /** Rows and requests in hand: working or idle. */
  busy: () => boolean
}

/** Registers this process and keeps its heart beating until `end`. */
export async function registerSelf(pool: Pool, log: Log, facts: ProcessFacts): Promise<ProcessRegistration> {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  let lastProgressAt: Date | null = null
  let state: 'working' | 'idle' | 'stopping' = 'idle'
  let beating: Promise<void> | undefined

  const row = {
    id: facts.id,
    name: facts.name,
    roles: facts.roles,
    pid: process.pid,
    host: hostname(),
    version: facts.version,
    concurrency: facts.concurrency,
  }
  await registerProcess(pool, row)

  const tick = (): void => {
    if (beating) return
    const loopLagMs = Math.max(0, delay.percentile(99) / 1e6 - 20)
    delay.reset()
    if (state !== 'stopping') state = facts.busy() ? 'working' : 'idle'
    beating = beat(pool, row, {
      state,
      loopLagMs: Number.isFinite(loopLagMs) ? loopLagMs : 0,
      rssBytes: process.memoryUsage.rss(),
      lastProgressAt,
    })
      .catch((error: unknown) => log.warn({ error: (error as Error).message }, 'the heartbeat could not be written'))
      .finally(() => {
        beating = undefined
      })
  }
  const timer = setInterval(tick, beatMs)

  return {
    id: facts.id,
    progressed() {
      lastProgressAt = new Date()
    },
    async setConcurrency(queue, concurrency) {
      row.concurrency = { ...row.concurrency, [queue]: concurrency }
      await storeConcurrency(pool, row)
    },
    stopping() {
      state = 'stopping'
      tick()
    },
    async end() {
      clearInterval(timer)
      delay.disable()
      await beating
      await endProcess(pool, facts.id).catch(() => {})
    },
  }
}
