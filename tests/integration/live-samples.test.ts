// Samples: what is kept, how several become one, how charts read them, and when they are thrown away.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dropOldSamplePartitions, ensurePartitions } from '#platform/postgres/index.ts'
import { createPictureReader, createLiveHub, startCollector } from '#services/live/index.ts'
import { insertSamples, instanceId, rollUpSamples } from '#services/live/sample.repository.ts'
import { seriesQuerySchema } from '#shared/contracts/series.ts'
import { eventually } from '../support/eventually.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
const minute = 60_000

beforeAll(async () => {
  platform = await openTestPlatform()
  // What is kept below may be of the day before, in the first minutes after midnight.
  await ensurePartitions(platform.pool, Date.now() - 10 * minute)
})
afterAll(() => platform.close())

function reader() {
  const hub = createLiveHub({ redis: platform.redis, openSubscriber: () => platform.redis })
  return createPictureReader({ pool: platform.pool, hub })
}
const series = async (query: Record<string, string>) => reader().series(platform.workspaceId, seriesQuerySchema.parse(query))

/** A minute of samples, ten seconds apart: `at(i)` makes the instance's figures; the workspace accepts in the first one only. */
async function keepMinute(fromMs: number, at: (i: number) => Record<string, number> | null): Promise<void> {
  for (let i = 0; i < 6; i++) {
    const figures = at(i)
    if (!figures) continue
    const rows = [{ workspaceId: instanceId, figures }]
    if (i === 0) rows.push({ workspaceId: platform.workspaceId, figures: { accepted: 6 } })
    await insertSamples(platform.pool, 10, new Date(fromMs + i * 10_000), rows)
  }
}

describe('samples', () => {
  const fromMs = Math.floor(Date.now() / minute) * minute - 5 * minute

  test('become one a minute: the mean, of ages and p95 the worst, and idle workspaces count as 0', async () => {
    await keepMinute(fromMs, (i) => ({
      'provider.email.rate': i,
      'provider.email.p95': 10 * i,
      'queue.replay.oldestMs': i === 3 ? 900 : 0,
      accepted: 1,
    }))
    await keepMinute(fromMs + minute, (i) => (i === 5 ? null : { 'provider.email.rate': 10 }))
    await rollUpSamples(platform.pool, 10, 60)
    expect(await rollUpSamples(platform.pool, 10, 60)).toBe(0)
    const { rows } = await platform.pool.query(
      'SELECT at, workspace_id, figures FROM metric_sample WHERE resolution = 60 ORDER BY at, workspace_id',
    )
    expect(rows).toEqual([
      {
        at: new Date(fromMs),
        workspace_id: instanceId,
        figures: { 'provider.email.rate': 2.5, 'provider.email.p95': 50, 'queue.replay.oldestMs': 900, accepted: 1 },
      },
      { at: new Date(fromMs), workspace_id: platform.workspaceId, figures: { accepted: 1 } },
      { at: new Date(fromMs + minute), workspace_id: instanceId, figures: { 'provider.email.rate': 10 } },
      { at: new Date(fromMs + minute), workspace_id: platform.workspaceId, figures: { accepted: 1.2 } },
    ])
  })

  test('are read as series: several at once, one value a step, null where nothing was measured', async () => {
    const span = { from: new Date(fromMs).toISOString(), to: new Date(fromMs + 3 * minute).toISOString() }
    const fine = await series({ name: 'provider.email.rate,accepted,instance.accepted,nothing', ...span, step: '30' })
    expect(fine).toMatchObject({ from: span.from, to: span.to, step: 30, resolution: 10 })
    expect(fine.series.map(({ name }) => name)).toEqual(['provider.email.rate', 'accepted', 'instance.accepted', 'nothing'])
    expect(fine.series[0]!.values).toEqual([1, 4, 10, 10, null, null])
    expect(fine.series[1]!.values).toEqual([2, 0, 2, 0, null, null])
    expect(fine.series[2]!.values).toEqual([1, 1, null, null, null, null])
    expect(fine.series[3]!.values).toEqual([null, null, null, null, null, null])
    const coarse = await series({ name: 'provider.email.p95', ...span, step: '60' })
    expect(coarse).toMatchObject({ resolution: 60, series: [{ values: [50, null, null] }] })
  })

  test('of too many steps are refused', async () => {
    await expect(series({ name: 'accepted', from: '2026-01-01T00:00:00Z', to: '2026-03-01T00:00:00Z', step: '10' })).rejects.toMatchObject({
      code: 'invalid',
    })
  })

  test('stand in partitions that are made ahead and dropped whole when they are old', async () => {
    const day = 86_400_000
    const now = Date.UTC(2093, 5, 15, 12)
    await ensurePartitions(platform.pool, now)
    const partitions = async (): Promise<string[]> =>
      (
        await platform.pool.query(
          "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'metric_sample'::regclass ORDER BY 1",
        )
      ).rows
        .map((row: { name: string }) => row.name)
        .filter((name) => name.includes('2093'))
    expect((await partitions()).filter((name) => name.includes('_10_'))).toEqual([
      'parts.metric_sample_10_2093_06_15',
      'parts.metric_sample_10_2093_06_16',
    ])
    await insertSamples(platform.pool, 10, new Date(now), [{ workspaceId: instanceId, figures: { a: 1 } }])
    // Everything of the 15th is kept for seven days from its last moment on.
    const today = Date.UTC(2093, 5, 15)
    const drop = async (atMs: number) => (await dropOldSamplePartitions(platform.pool, atMs)).filter((name) => name.includes('_10_2093'))
    expect(await drop(today + 8 * day - 1)).toEqual([])
    expect(await drop(today + 8 * day)).toEqual(['metric_sample_10_2093_06_15'])
    expect((await partitions()).filter((name) => name.includes('_60_')).length).toBe(2)
  })
})

describe('the collector', () => {
  test('keeps a sample every ten seconds while nobody looks, and says the picture of a past moment', async () => {
    const { pool, redis, log, config } = platform
    const collector = startCollector({ pool, url: config.DATABASE_URL!, redis, log })
    try {
      const at = await eventually(
        async () => {
          const { rows } = await pool.query(
            "SELECT at FROM metric_sample WHERE resolution = 10 AND workspace_id = $1 AND figures ? 'queue.fan-out.waiting' AND at > now() - interval '1 minute' ORDER BY at",
            [instanceId],
          )
          return rows.length >= 2 && (rows[1].at as Date)
        },
        { timeoutMs: 120_000, intervalMs: 250 },
      )
      const history = await reader().history(platform.workspaceId, { at: new Date(at.getTime() + 3_000).toISOString() })
      expect(history.picture).toMatchObject({ at: at.toISOString(), resolution: 10 })
      expect(history.picture!.queues.map(({ name }) => name)).toContain('delivery-webhook')
      expect(history.picture!.figures).toMatchObject({ 'queue.fan-out.waiting': 0, accepted: 0 })
    } finally {
      await collector.close()
    }
  })
})
