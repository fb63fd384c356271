import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createMetrics } from '#platform/telemetry/metrics.ts'
import { shareMetrics } from '#platform/telemetry/share-metrics.ts'
import type { Page } from '#shared/contracts/page.ts'
import { neverDrainsSeconds, type QueueView, type WorkerView } from '#shared/contracts/queue.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { queueNames } from '#shared/jobs/queues.ts'
import { listen } from '#platform/postgres/index.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { clearAudit } from '../support/clear-audit.ts'
import { createApiClient, type ApiClient } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let api: ApiClient

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app, (file) => /v1.(queues|workers)/.test(file))
  api = createApiClient(http.url, platform.apiKey)
})

beforeEach(async () => {
  await platform.pool.query('TRUNCATE outbox, process, queue_setting')
  await clearAudit(platform.pool)
})

afterAll(async () => {
  await http.close()
  await app.close()
})

const get = async (name: string) => (await api.get<QueueView>(`/queues/${name}`)).body

interface Work {
  dueInSeconds?: number | 'infinity'
  owner?: string
  dispatched?: boolean
}

async function addWork(queue: string, work: Work = {}, count = 1): Promise<void> {
  const dueAt = work.dueInSeconds === 'infinity' ? 'infinity' : `${work.dueInSeconds ?? 0} seconds`
  await platform.pool.query(
    `INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, lease_owner, dispatches)
     SELECT gen_random_uuid(), 'deliver', $1, $2, $1, CASE WHEN $3 = 'infinity' THEN 'infinity' ELSE now() + $3::interval END, $4, $5, 1 FROM generate_series(1, $6)`,
    [platform.workspaceId, queue, dueAt, work.owner !== undefined || work.dispatched === true, work.owner ?? null, count],
  )
}

interface Life {
  name?: string
  roles?: string[]
  state?: string
  seenSecondsAgo?: number
  progressSecondsAgo?: number | null
  ended?: boolean
  concurrency?: Record<string, number>
}

async function addProcess(life: Life = {}): Promise<string> {
  const id = newUuid()
  await platform.pool.query(
    `INSERT INTO process (id, name, roles, pid, host, version, state, started_at, last_seen_at, last_progress_at, ended_at, loop_lag_ms, rss_bytes, concurrency)
     VALUES ($1, $2, $3, 4711, 'here', '1.0', $4, now() - interval '10 minutes', now() - $5 * interval '1 second', now() - $6 * interval '1 second', CASE WHEN $7 THEN now() END, 1.5, 123456789, $8)`,
    [
      id,
      life.name ?? 'worker-1',
      life.roles ?? ['delivery'],
      life.state ?? 'idle',
      life.seenSecondsAgo ?? 0,
      life.progressSecondsAgo ?? null,
      life.ended ?? false,
      JSON.stringify(life.concurrency ?? {}),
    ],
  )
  return id
}

describe('GET /queues', () => {
  test('lists every queue, also those that nothing ever stood in', async () => {
    const { status, body } = await api.get<Page<QueueView>>('/queues')
    expect(status).toBe(200)
    expect(body.items.map((queue) => queue.name)).toEqual([...queueNames])
    expect(body.nextCursor).toBeNull()
    expect(body.items[0]).toMatchObject({
      state: 'running',
      waiting: 0,
      active: 0,
      delayed: 0,
      oldestAgeMs: 0,
      drainSeconds: 0,
      workers: 0,
      concurrency: 0,
    })
    const first = (await api.get<Page<QueueView>>('/queues?limit=3')).body
    const second = (await api.get<Page<QueueView>>(`/queues?limit=3&cursor=${first.nextCursor}`)).body
    expect([...first.items, ...second.items].map((queue) => queue.name)).toEqual([...queueNames])
  })

  test('tells waiting, active and delayed apart; what is held is none of them', async () => {
    const owner = await addProcess()
    await addWork('delivery-email', { dueInSeconds: -30 }, 2)
    await addWork('delivery-email', { dispatched: true })
    await addWork('delivery-email', { owner }, 4)
    await addWork('delivery-email', { dueInSeconds: 60 }, 5)
    await addWork('delivery-email', { dueInSeconds: 30, dispatched: true })
    await addWork('delivery-email', { dueInSeconds: 'infinity' }, 7)
    await addWork('fan-out')
    // On a slow machine an answer may be that of a moment ago.
    const queue = await eventually(async () => {
      const now = await get('delivery-email')
      expect(now).toMatchObject({ waiting: 3, active: 4, delayed: 6 })
      return now
    })
    expect(queue.oldestAgeMs).toBeGreaterThanOrEqual(30_000)
    expect(queue.oldestAgeMs).toBeLessThan(60_000)
  })

  test('adds up the concurrency of live workers only', async () => {
    const concurrency = { 'delivery-webhook': 32, 'delivery-email': 4 }
    await addProcess({ concurrency })
    await addProcess({ concurrency: { 'delivery-webhook': 8 } })
    await addProcess({ concurrency, seenSecondsAgo: 20 })
    await addProcess({ concurrency, ended: true })
    await addProcess({ concurrency, state: 'stopping' })
    await addProcess({ roles: ['api'] })
    // On a slow machine an answer may be that of a moment ago.
    await eventually(async () => expect(await get('delivery-webhook')).toMatchObject({ workers: 2, concurrency: 40 }))
    expect(await get('delivery-email')).toMatchObject({ workers: 1, concurrency: 4 })
    expect(await get('replay')).toMatchObject({ workers: 0, concurrency: 0 })
  })

  test('measures rates by what workers say they did, and does not promise an end to what grows', async () => {
    const metrics = createMetrics()
    const worker = shareMetrics({ redis: platform.redis, metrics, processName: 'worker-rates', everyMs: 3_600_000 })
    metrics.attempt('email', 'delivered')
    await worker.write()
    await app.services.queueDesk.look()
    // On a slow machine an answer may be that of a moment ago: the backlog goes on growing until it is seen.
    await eventually(async () => {
      for (let i = 0; i < 1_000; i++) metrics.attempt('email', 'delivered')
      await addWork('delivery-email', {}, 5_000)
      await worker.write()
      await app.services.queueDesk.look()
      const queue = await get('delivery-email')
      expect(queue.servicePerSecond).toBeGreaterThan(0)
      expect(queue.arrivalPerSecond).toBeGreaterThan(queue.servicePerSecond!)
      expect(queue.drainSeconds).toBe(neverDrainsSeconds)
      return true
    })
    expect(await get('delivery-webhook')).toMatchObject({ servicePerSecond: 0, arrivalPerSecond: 0, drainSeconds: 0 })
    await worker.close()
    metrics.close()
  })

  test('404 for a queue that is not there, 403 without the scope', async () => {
    expect((await api.get('/queues/nothing')).status).toBe(404)
    expect((await api.post('/queues/nothing/pause', { reason: 'x' })).status).toBe(404)
    await platform.pool.query("UPDATE api_key SET scopes = '{events:read}' WHERE workspace_id = $1", [(await addReader()).workspaceId])
    expect((await api.get('/queues', reader!.apiKey)).status).toBe(403)
    expect((await api.get('/workers', reader!.apiKey)).status).toBe(403)
  })
})

let reader: { workspaceId: string; apiKey: string } | undefined
async function addReader() {
  return (reader ??= await platform.addWorkspace())
}

describe('pause and resume', () => {
  test('are written down with who and why, wake the relay, and change nothing the second time', async () => {
    let woken = 0
    let connected = false
    const listener = listen({
      url: platform.config.DATABASE_URL!,
      channels: ['outbox'],
      applicationName: 'test-listen',
      onNotify: () => woken++,
      onConnect: () => (connected = true),
    })
    await eventually(() => connected)
    const paused = await api.post<QueueView>('/queues/delivery-email/pause', { reason: 'provider is down' })
    expect(paused).toMatchObject({
      status: 200,
      body: { name: 'delivery-email', state: 'paused', pausedReason: 'provider is down', pausedBy: 'Test' },
    })
    const again = await api.post<QueueView>('/queues/delivery-email/pause', { reason: 'me too' })
    expect(again.body).toEqual(paused.body)
    expect((await get('fan-out')).state).toBe('running')
    expect((await api.post<QueueView>('/queues/delivery-email/resume', { reason: 'it is back' })).body).toMatchObject({
      state: 'running',
      pausedAt: null,
      pausedReason: null,
    })
    expect((await api.post<QueueView>('/queues/delivery-email/resume', { reason: 'it is back' })).status).toBe(200)
    const { rows } = await platform.pool.query('SELECT action, subject_id, reason FROM audit_entry ORDER BY id')
    expect(rows).toEqual([
      { action: 'queue.pause', subject_id: 'delivery-email', reason: 'provider is down' },
      { action: 'queue.resume', subject_id: 'delivery-email', reason: 'it is back' },
    ])
    await eventually(() => woken === 2)
    await listener.close()
  })

  test('want a reason', async () => {
    expect((await api.post('/queues/fan-out/pause', {})).status).toBe(422)
    expect((await get('fan-out')).state).toBe('running')
  })
})

describe('GET /workers', () => {
  test('says who is alive, and who is stuck', async () => {
    const idle = await addProcess({ name: 'a-idle' })
    await addProcess({ name: 'b-working', state: 'working', progressSecondsAgo: 1 })
    const stuck = await addProcess({ name: 'c-stuck', state: 'working', progressSecondsAgo: 40 })
    const busy = await addProcess({ name: 'd-busy', state: 'working', progressSecondsAgo: 2 })
    await addProcess({ name: 'e-silent', state: 'working', seenSecondsAgo: 20 })
    await addProcess({ name: 'f-stopping', state: 'stopping' })
    await addProcess({ name: 'g-long-idle', progressSecondsAgo: 400, concurrency: { 'delivery-email': 5 } })
    await addProcess({ name: 'h-gone', seenSecondsAgo: 70 })
    await addProcess({ name: 'i-ended', ended: true })
    await addWork('delivery-email', { owner: stuck })
    await addWork('delivery-email', { owner: busy })
    const { body } = await api.get<Page<WorkerView>>('/workers')
    expect(body.items.map((worker) => [worker.name, worker.state])).toEqual([
      ['a-idle', 'idle'],
      ['b-working', 'working'],
      ['c-stuck', 'stuck'],
      ['d-busy', 'working'],
      ['e-silent', 'stuck'],
      ['f-stopping', 'stopping'],
      ['g-long-idle', 'idle'],
    ])
    expect(body.items[0]).toMatchObject({
      id: publicId('process', idle),
      pid: 4711,
      host: 'here',
      version: '1.0',
      roles: ['delivery'],
      loopLagMs: 1.5,
      rssBytes: 123456789,
    })
    // Alive but not consuming is not idle: what was handed over lies untouched beside its free slots.
    expect(body.items.map(({ reason }) => reason).every(Boolean)).toBe(true)
    expect(body.items[6]!.reason).toBe('Nothing waits for its queues.')
    await addWork('delivery-email', { dispatched: true, dueInSeconds: -20 })
    await eventually(async () => {
      const { items } = (await api.get<Page<WorkerView>>('/workers')).body
      expect(items[6]).toMatchObject({ name: 'g-long-idle', state: 'stuck', reason: expect.stringContaining('and it takes none although') })
      return true
    })
    const first = (await api.get<Page<WorkerView>>('/workers?limit=4')).body
    expect((await api.get<Page<WorkerView>>(`/workers?limit=4&cursor=${first.nextCursor}`)).body.items).toHaveLength(3)
  })
})
