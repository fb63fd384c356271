// The relay's process side: its own small pool, its chores, and what becomes of work that kills its worker.
import { createPool, ensurePartitions, type PoolClient } from '#platform/postgres/index.ts'
import type { Platform } from '#platform/lifecycle/platform.ts'
import type { Queues } from '#platform/queue/index.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import { buryPoison, rollUpCauses } from '#services/dead-letters/index.ts'
import { disableFailingEndpoints, holdForProviders, releaseHeld } from '#services/delivery/index.ts'
import { forgetOldKeys } from '#services/idempotency/index.ts'
import { forgetOldIncidents, forgetOldSamples } from '#services/live/index.ts'
import { reconcile, rollUpLedger } from '#services/ledger/index.ts'
import { analyseGrowingTables, startRelay, vacuumOutbox, type Relay } from '#services/outbox/index.ts'
import { forgetOldProcesses } from '#services/processes/index.ts'
import { createWorkPlaces } from './count-work.ts'

/** A chore that runs at most every `everyMs`, inside the relay's turn. */
function every(everyMs: number, work: () => Promise<unknown>): () => Promise<void> {
  let nextAt = 0
  return async () => {
    if (Date.now() < nextAt) return
    nextAt = Date.now() + everyMs
    await work()
  }
}

export function runRelay(platform: Platform, queues: Queues, metrics?: Metrics): Relay & { close(): Promise<void> } {
  const { log, config } = platform
  const pool = createPool({
    url: config.DATABASE_URL!,
    max: 3,
    applicationName: 'signalbox-relay',
    hot: true,
    counts: platform.counters.place('postgres.workers'),
  })
  const places = createWorkPlaces(platform.counters)
  let reconciling: Promise<unknown> | undefined
  let nextReconcileAt = Date.now() + 15_000

  /** Beside the relay's turns, never twice at once; the longer it takes the rarer it runs. */
  async function considerReconciling(): Promise<void> {
    if (reconciling || Date.now() < nextReconcileAt) return
    const startedAt = Date.now()
    reconciling = reconcile(platform.pool)
      .then((report) => {
        if (report.total > 0)
          log.error({ differences: report.differences.length, broken: report.broken }, 'the ledger and the rows disagree')
      })
      .catch((error: unknown) => log.warn({ err: error }, 'the reconciliation could not be finished'))
      .finally(() => {
        nextReconcileAt = Date.now() + Math.max(60_000, 20 * (Date.now() - startedAt))
        reconciling = undefined
      })
  }

  const relay = startRelay({
    pool,
    url: config.DATABASE_URL!,
    redis: platform.redis,
    queues,
    log,
    onDispatched: (lagMs) => {
      metrics?.relayLag(lagMs / 1_000)
      places.relayed(lagMs)
    },
    bury: async (client: PoolClient, row) => {
      await buryPoison(client, row)
      places.pipelineLetter()
    },
    chores: [
      every(1_000, () => rollUpLedger(platform.pool)),
      every(1_000, () => rollUpCauses(platform.pool)),
      every(2_000, () => releaseHeld(platform.pool)),
      every(2_000, () => holdForProviders(platform.pool)),
      every(5_000, () => vacuumOutbox(platform.pool)),
      every(2_000, () => analyseGrowingTables(platform.pool)),
      every(60_000, () => disableFailingEndpoints(platform.pool, log)),
      every(60_000, () => forgetOldKeys(platform.pool)),
      every(600_000, () => forgetOldProcesses(platform.pool)),
      every(3_600_000, () => ensurePartitions(platform.pool, Date.now())),
      every(3_600_000, () => forgetOldSamples(platform.pool)),
      every(3_600_000, () => forgetOldIncidents(platform.pool)),
      considerReconciling,
    ],
  })
  return {
    stop: () => relay.stop(),
    async close() {
      await relay.stop()
      await reconciling
      await pool.end()
    },
  }
}
