// Jobs of a queue for tests: the routes, an operator of the instance and a stranger, the path's own rows, and the reconciler after each test.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { reconcile } from '#services/ledger/index.ts'
import type { JobPage } from '#shared/contracts/job.ts'
import { publicId } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiClient } from './api-client.ts'
import { serveRoutes, type HttpHarness } from './http-harness.ts'
import { createPathRows, type PathRows } from './path-rows.ts'
import { openTestPlatform, type TestPlatform } from './test-platform.ts'

interface QueuedJobs {
  platform: TestPlatform
  app: App
  /** Where the routes are. */
  url: string
  api: ApiClient
  rows: PathRows
  /** Of another workspace, with nothing of the instance. */
  stranger: ApiClient
  /** Mails that wait: one event with as many recipients. */
  addMails(count: number, event?: object): Promise<string[]>
  list(query: string, queue?: string, client?: ApiClient): Promise<JobPage>
  stateOf(id: string): Promise<{ state: string; reason: string | null }>
}

export const dlv = (id: string): string => publicId('delivery', id)
export const ids = (page: JobPage): string[] => page.items.map(({ id }) => id)

/** Call it at the top of a file; the object is filled before the first test. */
export function useQueuedJobs(): QueuedJobs {
  const at = {} as QueuedJobs
  let http: HttpHarness

  beforeAll(async () => {
    at.platform = await openTestPlatform()
    at.app = assembleApp(at.platform)
    http = await serveRoutes(at.app, (file) => /v1.(queues|session)/.test(file))
    at.url = http.url
    at.api = createApiClient(http.url, at.platform.apiKey)
    at.rows = createPathRows(at.platform)
    const other = await at.platform.addWorkspace()
    await at.platform.pool.query('UPDATE api_key SET instance = false WHERE workspace_id = $1', [other.workspaceId])
    at.stranger = createApiClient(http.url, other.apiKey)
  })
  beforeEach(() =>
    at.platform.pool.query(
      "TRUNCATE event, delivery, notification, attempt, ledger_delta, ledger_count, queue_setting, job_operation, process; DELETE FROM outbox WHERE kind <> 'ballast'",
    ),
  )
  afterEach(async () => {
    expect(await reconcile(at.platform.pool)).toMatchObject({ total: 0, differences: [], broken: [] })
  })
  afterAll(async () => {
    await http.close()
    await at.app.close()
  })

  at.addMails = async (count, event = {}) => {
    const eventId = await at.rows.accept({ type: 'mail.event', data: { title: 'Fix the parser' }, ...event })
    const written = await at.rows.fanOut(
      eventId,
      Array.from({ length: count }, (_, i) => ({ channel: 'email' as const, recipientId: `u${i}`, address: `u${i}@example.com` })),
    )
    return written.map(({ deliveryId }) => deliveryId)
  }
  at.list = async (query, queue = 'delivery-email', client = at.api) => (await client.get<JobPage>(`/queues/${queue}/jobs?${query}`)).body
  at.stateOf = async (id) => (await at.platform.pool.query('SELECT state, reason FROM delivery WHERE id = $1', [id])).rows[0]
  return at
}
