// The live routes over HTTP: the stream with its head, topology, history, thresholds.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reportCounters, type CountersReporter } from '#platform/telemetry/report-counters.ts'
import { registerSelf, type ProcessRegistration } from '#services/processes/index.ts'
import { startCollector, type Collector } from '#services/live/index.ts'
import { snapshotSchema } from '#shared/contracts/live.ts'
import type { LiveHistory, TopologyView } from '#shared/contracts/topology.ts'
import type { Threshold } from '#shared/contracts/threshold.ts'
import { newUuid, parsePublicId } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { eventually } from '../support/eventually.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { addOperator, openBrowser } from '../support/operators.ts'
import { openEventStream } from '../support/read-event-stream.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let collector: Collector
let reporter: CountersReporter
let registration: ProcessRegistration

beforeAll(async () => {
  platform = await openTestPlatform({ environment: { SIGNALBOX_PROCESS_NAME: 'api-1' } })
  app = assembleApp(platform)
  http = await serveRoutes(app)
  const id = newUuid()
  const { pool, redis, log, counters } = platform
  registration = await registerSelf(pool, log, { id, name: 'api-1', roles: ['api'], version: 'test', concurrency: {}, busy: () => false })
  reporter = reportCounters({ redis, counters, id, name: 'api-1', roles: ['api'] })
  collector = startCollector({ pool, url: platform.config.DATABASE_URL!, redis, log })
})

afterAll(async () => {
  await collector.close()
  await reporter.close()
  await registration.end()
  await http.close()
  await app.close()
  await platform.close().catch(() => {})
})

const bearer = (key = platform.apiKey) => ({ authorization: `Bearer ${key}` })

async function get<T>(path: string): Promise<{ status: number; body: T }> {
  const answer = await fetch(`${http.url}/api/v1${path}`, { headers: bearer() })
  return { status: answer.status, body: (await answer.json()) as T }
}

describe('GET /live', () => {
  test('streams snapshots of the own workspace, by key or by session, and nobody else', async () => {
    const other = await platform.addWorkspace()
    const streams = await Promise.all([
      openEventStream(`${http.url}/api/v1/live`, bearer()),
      openEventStream(`${http.url}/api/v1/live`, bearer(other.apiKey)),
    ])
    const firstOf = (index: number) => eventually(() => streams[index]!.events.find((event) => event.event === 'snapshot'))
    const [mine, theirs] = [await firstOf(0), await firstOf(1)].map((event) => snapshotSchema.parse(JSON.parse(event.data)))
    expect(mine!.workspace.id).toBe(platform.workspaceId)
    expect(theirs!.workspace.id).toBe(other.workspaceId)
    expect(streams[0]!.headers['content-type']).toContain('text/event-stream')

    const browser = openBrowser(http.url)
    await browser.signIn(await addOperator(platform.pool, { roles: { [other.workspaceId]: 'viewer' } }))
    const session = await openEventStream(`${http.url}/api/v1/live`, { cookie: browser.cookie, 'sec-fetch-site': 'same-origin' })
    const shown = snapshotSchema.parse(
      JSON.parse((await eventually(() => session.events.find((event) => event.event === 'snapshot'))).data),
    )
    expect(shown.workspace.id).toBe(other.workspaceId)
    for (const stream of [...streams, session]) stream.close()
    expect((await fetch(`${http.url}/api/v1/live`)).status).toBe(401)
    expect((await fetch(`${http.url}/api/v1/live`, { headers: { ...bearer(), 'last-event-id': 'x' } })).status).toBe(422)
    await eventually(() => app.services.live.tabs() === 0)
  })

  test('ends within seconds when its session or key does', async () => {
    const { workspaceId } = platform
    const open = async () => {
      const operator = await addOperator(platform.pool, { roles: { [workspaceId]: 'viewer' } })
      const browser = openBrowser(http.url)
      await browser.signIn(operator)
      const stream = await openEventStream(`${http.url}/api/v1/live`, { cookie: browser.cookie, 'sec-fetch-site': 'same-origin' })
      await eventually(() => stream.events.length > 0)
      return { operator, browser, stream, uuid: parsePublicId('operator', operator.id) }
    }
    const [stays, signedOut, disabled, epoch, removed] = await Promise.all([open(), open(), open(), open(), open()])
    const key = await platform.addWorkspace()
    const keyed = await openEventStream(`${http.url}/api/v1/live`, bearer(key.apiKey))
    await eventually(() => keyed.events.length > 0)
    const narrowed = await platform.addWorkspace()
    const narrow = await openEventStream(`${http.url}/api/v1/live`, bearer(narrowed.apiKey))
    await eventually(() => narrow.events.length > 0)

    await signedOut.browser.call('DELETE', '/session')
    await platform.pool.query('UPDATE operator SET disabled_at = now() WHERE id = $1', [disabled.uuid])
    await platform.pool.query('UPDATE operator SET session_epoch = session_epoch + 1 WHERE id = $1', [epoch.uuid])
    await platform.pool.query('DELETE FROM membership WHERE operator_id = $1', [removed.uuid])
    await platform.pool.query('UPDATE api_key SET revoked_at = now() WHERE workspace_id = $1', [key.workspaceId])
    await platform.pool.query("UPDATE api_key SET scopes = '{events:write}' WHERE workspace_id = $1", [narrowed.workspaceId])
    for (const stream of [signedOut.stream, disabled.stream, epoch.stream, removed.stream, keyed, narrow]) await stream.ended
    const seen = stays.stream.events.length
    await eventually(() => stays.stream.events.length > seen)
    stays.stream.close()
    await eventually(() => app.services.live.tabs() === 0)
  })

  test('counts the stages of requests', async () => {
    const stream = await openEventStream(`${http.url}/api/v1/live`, bearer())
    const send = (body: unknown, key?: string) =>
      fetch(`${http.url}/api/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...bearer(key) },
        body: JSON.stringify(body),
      })
    await eventually(() => stream.events.some((event) => event.event === 'snapshot'))
    const measures = await eventually(async () => {
      // Again and again, so that there is a window that holds them all.
      expect((await send({ type: 'a.b', recipients: [], data: {} })).status).toBe(202)
      expect((await send({ type: 'a b' })).status).toBe(422)
      expect((await send({ type: 'a.b' }, `sb_${'x'.repeat(40)}`)).status).toBe(401)
      const last = stream.events.findLast((event) => event.event === 'snapshot')
      const found = last ? snapshotSchema.parse(JSON.parse(last.data)).measures : {}
      return (
        (found['accept.commit']?.ratePerSecond ?? 0) > 0 &&
        (found.validation?.errorsPerSecond ?? 0) > 0 &&
        (found.auth?.errorsPerSecond ?? 0) > 0 &&
        (found['postgres.workers']?.ratePerSecond ?? 0) > 0 &&
        found
      )
    })
    expect(measures['http.accept']!.ratePerSecond).toBeGreaterThan(0)
    expect(measures['accept.commit']!.p95Ms).toBeGreaterThan(0)
    expect(measures['api.api-1']!.ratePerSecond).toBeGreaterThanOrEqual(measures['http.accept']!.ratePerSecond)
    stream.close()
  })
})

describe('GET /topology', () => {
  test('joins what is declared with what is measured, and says what is silent, absent or undeclared', async () => {
    // Whoever asks wakes the collector, and waits for its picture for a while only.
    await eventually(async () => {
      platform.counters.place('sidecar.calls').add(3)
      const { status, body } = await get<TopologyView>('/topology')
      expect(status).toBe(200)
      const node = (id: string) => body.nodes.find((each) => each.id === id)
      expect(node('auth')).toMatchObject({ seen: 'measured', state: expect.stringMatching(/ok|warn/) })
      expect(node('kafka')).toMatchObject({ seen: 'absent', state: 'no-data' })
      // No worker of this test sends mail.
      expect(node('mail')).toMatchObject({ seen: 'silent', state: 'no-data' })
      expect(node('api:api-1')).toMatchObject({ seen: 'measured' })
      expect(body.undeclared).toEqual(['sidecar.calls'])
      return true
    })
  })
})

describe('thresholds', () => {
  test('are changed by operators of the instance, with a reason, and judged by at once', async () => {
    const owner = openBrowser(http.url)
    await owner.signIn(await addOperator(platform.pool, { roles: { [platform.workspaceId]: 'admin' }, instance: true }))
    const admin = openBrowser(http.url)
    await admin.signIn(await addOperator(platform.pool, { roles: { [platform.workspaceId]: 'admin' } }))
    const body = { limits: { objectiveMs: 1_234 }, reason: 'people wait' }
    expect((await admin.call('PUT', '/thresholds/queue:delivery-email', body)).status).toBe(403)
    expect((await owner.call('PUT', '/thresholds/queue:delivery-email', { limits: { objectiveMs: 0 }, reason: 'x' })).status).toBe(422)
    expect((await owner.call('PUT', '/thresholds/queue:nothing', body)).status).toBe(404)
    const set = await owner.call<Threshold>('PUT', '/thresholds/queue:delivery-email', body)
    expect(set).toMatchObject({
      status: 200,
      body: { limits: [{ value: 1_234, fallback: 30_000 }], changedReason: 'people wait', changedBy: 'Otto' },
    })
    const { body: all } = await get<{ items: Threshold[] }>('/thresholds')
    expect(all.items.find(({ id }) => id === 'queue:delivery-email')!.limits[0]!.value).toBe(1_234)
    const stream = await openEventStream(`${http.url}/api/v1/live`, bearer())
    await eventually(() =>
      stream.events.some(
        (event) =>
          event.event === 'snapshot' &&
          snapshotSchema.parse(JSON.parse(event.data)).queues.find(({ name }) => name === 'delivery-email')!.objectiveMs === 1_234,
      ),
    )
    stream.close()
    const { rows } = await platform.pool.query("SELECT reason, details FROM audit_entry WHERE action = 'threshold.set'")
    expect(rows).toEqual([{ reason: 'people wait', details: { before: { objectiveMs: 30_000 }, after: { objectiveMs: 1_234 } } }])
  })
})

describe('GET /live/history', () => {
  test('tells the incident of a queue that is paused, and who did it', async () => {
    const stream = await openEventStream(`${http.url}/api/v1/live`, bearer())
    await app.services.queueDesk.pause(platform.workspaceId, 'replay', { kind: 'operator', id: 'opr_1', name: 'Ada' }, 'look closer')
    await eventually(() => stream.events.some((event) => event.event === 'alert'))
    const body = await eventually(async () => {
      const { body: history } = await get<LiveHistory>('/live/history')
      expect(history.incidents).toContainEqual(expect.objectContaining({ nodeId: 'queue:replay', state: 'paused', endedAt: null }))
      return history
    })
    expect(body.incidents.find(({ nodeId }) => nodeId === 'queue:replay')!.reason).toContain('Ada')
    expect(body.markers).toContainEqual(
      expect.objectContaining({ action: 'queue.pause', subject: { kind: 'queue', id: 'replay' }, by: 'Ada', reason: 'look closer' }),
    )
    expect(body.picture).toBeNull()
    stream.close()
    expect((await get('/live/history?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z')).status).toBe(422)
  })
})
