// One scrape tells of every process, and of what only the database knows.
import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedis } from '#platform/redis/index.ts'
import { createMetrics } from '#platform/telemetry/metrics.ts'
import { shareMetrics } from '#platform/telemetry/share-metrics.ts'
import { newUuid } from '#shared/ids.ts'
import { assembleApp, provideApp, type App } from '../../server/utils/app.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness

beforeAll(async () => {
  platform = await openTestPlatform({ environment: { SIGNALBOX_PROCESS_NAME: 'api-1' } })
  app = assembleApp(platform)
  http = await serveRoutes(app)
})

afterAll(async () => {
  await http.close()
  await app.close()
})

const scrape = async (): Promise<string> => (await fetch(`${http.url}/metrics`)).text()

/** Every sample line of the text, checked against the format. */
function samplesOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  for (const line of lines) expect(line).toMatch(/^[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? (-?[0-9.e+-]+|\+Inf|NaN)$/)
  return lines
}

describe('/metrics', () => {
  it('counts requests by route and status, never by URL', async () => {
    await fetch(`${http.url}/api/v1/api-keys/key_${'0'.repeat(32)}`, { headers: { authorization: `Bearer ${platform.apiKey}` } })
    const lines = samplesOf(await scrape())
    expect(lines).toContain(
      `signalbox_http_requests_total{method="GET",route="/api/v1/api-keys/{id}",status="404",process="api-1",host="${hostname()}"} 1`,
    )
    expect(lines.some((line) => line.startsWith('signalbox_event_loop_lag_seconds{process="api-1"'))).toBe(true)
  })

  it('tells of other processes while they live', async () => {
    const metrics = createMetrics()
    metrics.attempt('webhook', 'delivered', 12)
    metrics.accepted('single', 3)
    const worker = shareMetrics({ redis: platform.redis, metrics, processName: 'worker-1', host: 'there' })
    await worker.write()
    const text = await scrape()
    expect(text).toContain('signalbox_attempts_total{channel="webhook",outcome="delivered",process="worker-1",host="there"} 1')
    expect(text).toContain('signalbox_events_accepted_total{mode="single",process="worker-1",host="there"} 3')
    expect(text.match(/^# TYPE signalbox_attempts_total /gm)).toHaveLength(1)
    await worker.close()
    metrics.close()
    expect(await scrape()).not.toContain('worker-1')
  })

  it('forgets a process that died without a word', async () => {
    await platform.redis.sadd('signalbox:metrics', 'signalbox:metrics:there:gone')
    await scrape()
    expect(await platform.redis.smembers('signalbox:metrics')).not.toContain('signalbox:metrics:there:gone')
  })

  it('answers for itself while Redis is away', async () => {
    const away = createRedis({ url: 'redis://127.0.0.1:1', name: 'away', log: platform.log })
    const alone = assembleApp({ ...platform, redis: away, close: async () => undefined })
    const families = await alone.sharedMetrics.read()
    expect(families.map((shared) => shared.process)).toEqual(['api-1'])
    await alone.close()
    away.disconnect()
  })
})

describe('figures from the database', () => {
  it('give depth, age and lanes of a queue, and open dead letters', async () => {
    const insert = `INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased) VALUES ($1, 'fan-out', $2, 'fan-out', $3, now() - $4 * interval '1 second', $5)`
    const lane = newUuid()
    await platform.pool.query(insert, [newUuid(), platform.workspaceId, lane, 90, false])
    await platform.pool.query(insert, [newUuid(), platform.workspaceId, lane, 30, false])
    await platform.pool.query(insert, [newUuid(), platform.workspaceId, newUuid(), -60, false])
    await platform.pool.query(insert, [newUuid(), platform.workspaceId, newUuid(), 10, true])
    const causeId = newUuid()
    await platform.pool.query(
      `INSERT INTO cause (id, workspace_id, fingerprint, title, kind, error_code, letters, open_letters, channels, sample_id)
       VALUES ($1, $2, 'f', 't', 'delivery-exhausted', 'e', 5, 5, '{webhook}', $3)`,
      [causeId, platform.workspaceId, newUuid()],
    )
    await platform.pool.query('INSERT INTO cause_delta (cause_id, letters, open_letters) VALUES ($1, 0, -2)', [causeId])
    const fresh = assembleApp({ ...platform, close: async () => undefined })
    const families = new Map((await fresh.services.figures.read()).map((family) => [family.name, family.values]))
    await fresh.close()
    const fanOut = (name: string) => families.get(name)?.find((sample) => sample.labels.queue === 'fan-out')?.value
    expect(fanOut('signalbox_queue_waiting')).toBe(3)
    expect(fanOut('signalbox_queue_leased')).toBe(1)
    expect(fanOut('signalbox_queue_lanes')).toBe(2)
    expect(fanOut('signalbox_queue_oldest_age_seconds')).toBeGreaterThanOrEqual(90)
    expect(fanOut('signalbox_queue_oldest_age_seconds')).toBeLessThan(150)
    expect(families.get('signalbox_dead_letters_open')).toEqual([{ labels: { kind: 'delivery-exhausted' }, value: 3 }])
  })
})

describe('/readyz', () => {
  it('stays ready while Redis is away, and says so', async () => {
    const away = createRedis({ url: 'redis://127.0.0.1:1', name: 'away', log: platform.log })
    const alone = assembleApp({ ...platform, redis: away, close: async () => undefined })
    const other = await serveRoutes(alone)
    const ready = await fetch(`${other.url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'degraded', dependencies: { postgres: 'ok', redis: 'away' } }])
    await other.close()
    await alone.close()
    away.disconnect()
    // There is one app at a time: this file's own again.
    provideApp(app)
  })

  it('is not ready before the tables are there', async () => {
    await platform.pool.query('ALTER TABLE workspace RENAME TO workspace_away')
    try {
      const ready = await fetch(`${http.url}/readyz`)
      expect([ready.status, await ready.json()]).toEqual([
        503,
        { status: 'unready', dependencies: { postgres: 'not-migrated', redis: 'ok' } },
      ])
    } finally {
      await platform.pool.query('ALTER TABLE workspace_away RENAME TO workspace')
    }
  })
})
