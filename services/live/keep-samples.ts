// Samples: every ten seconds what the picture said, over exactly the time since the last one; then one a minute, one an hour.
import { dropOldSamplePartitions, ensurePartitions, sqlState, type Pool } from '#platform/postgres/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { readTotals } from '../ledger/index.ts'
import type { InstancePicture } from './build-snapshot.ts'
import type { Look } from './look.ts'
import { measuresOver } from './measure.rules.ts'
import { insertSamples, instanceId, rollUpSamples } from './sample.repository.ts'
import { figuresOf, type Figures } from './sample.rules.ts'

const sampleMs = 10_000
/** What is summed up over all days takes at most this share of the time. */
const costFactor = 50
const noPartition = '23514'

type Totals = Map<string, { accepted: number; created: number; delivered: number; dead: number }>

export interface SampleKeeper {
  /** Keeps a sample when one is due. */
  consider(picture: InstancePicture, look: Look): Promise<void>
}

/** A chore: partitions whose samples are old enough are dropped whole. */
export async function forgetOldSamples(pool: Pool, nowMs = Date.now()): Promise<string[]> {
  return dropOldSamplePartitions(pool, nowMs)
}

export function createSampleKeeper(deps: { pool: Pool; log: Log; now?: () => number }): SampleKeeper {
  const { pool, log } = deps
  const now = deps.now ?? Date.now
  let slot = Math.floor(now() / sampleMs)
  let before: Look | undefined
  let totals: { atMs: number; of: Totals } | undefined
  let nextTotalsAt = 0
  let rolledMinute = 0

  async function consider(picture: InstancePicture, look: Look): Promise<void> {
    before ??= look
    const current = Math.floor(now() / sampleMs)
    if (current === slot || look === before) return
    slot = current
    const measures = new Map(picture.measures)
    // Over the whole time since the last sample, not over the window of a snapshot.
    for (const [id, { unitsPerSecond: _, ...measure }] of measuresOver([before, look])) measures.set(id, measure)
    before = look
    const rows = [{ workspaceId: instanceId, figures: figuresOf(picture.common, measures) }]
    for (const [workspaceId, figures] of await workspaceRates()) {
      if (workspaceId === instanceId) Object.assign(rows[0]!.figures, figures)
      else rows.push({ workspaceId, figures })
    }
    await insert(new Date(current * sampleMs), rows)
    await rollUp()
  }

  /** Accepted, created, delivered and dead per second, of the instance and of each workspace in which something happened. */
  async function workspaceRates(): Promise<Map<string, Figures>> {
    const rates = new Map<string, Figures>()
    const startedAt = performance.now()
    if (startedAt < nextTotalsAt) return rates
    const of: Totals = new Map((await readTotals(pool)).map(({ workspaceId, ...counts }) => [workspaceId, counts]))
    nextTotalsAt = startedAt + costFactor * (performance.now() - startedAt) - sampleMs / 2
    const last = totals
    totals = { atMs: startedAt, of }
    if (!last) return rates
    const seconds = (startedAt - last.atMs) / 1_000
    const all: Figures = { accepted: 0, created: 0, delivered: 0, dead: 0 }
    for (const [workspaceId, counts] of of) {
      const earlier = last.of.get(workspaceId)
      const figures: Figures = {}
      for (const [name, value] of Object.entries(counts)) {
        const rate = Math.max(0, (value - (earlier?.[name as keyof typeof counts] ?? 0)) / seconds)
        all[name]! += rate
        if (rate > 0) figures[name] = Math.round(rate * 100) / 100
      }
      if (Object.keys(figures).length > 0) rates.set(workspaceId, figures)
    }
    rates.set(instanceId, Object.fromEntries(Object.entries(all).map(([name, rate]) => [name, Math.round(rate * 100) / 100])))
    return rates
  }

  async function insert(at: Date, rows: { workspaceId: string; figures: Figures }[]): Promise<void> {
    try {
      await insertSamples(pool, 10, at, rows)
    } catch (error) {
      if (sqlState(error) !== noPartition) throw error
      // The chore that makes them ahead was away for a day.
      await ensurePartitions(pool, at.getTime())
      await insertSamples(pool, 10, at, rows)
    }
  }

  async function rollUp(): Promise<void> {
    const minute = Math.floor(now() / 60_000)
    if (minute === rolledMinute) return
    rolledMinute = minute
    await ensurePartitions(pool, now())
    await rollUpSamples(pool, 10, 60)
    await rollUpSamples(pool, 60, 3_600)
  }

  return {
    async consider(picture, look) {
      try {
        await consider(picture, look)
      } catch (error) {
        // A gap in a chart; the picture goes on.
        log.warn({ error: (error as Error).message }, 'a sample was not kept')
      }
    },
  }
}
