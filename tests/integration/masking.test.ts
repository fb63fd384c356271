// What callers see of payloads who may only look: everybody's list, and the names that a workspace adds.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditEntry } from '#shared/contracts/audit.ts'
import type { LetterDetail, LetterView } from '#shared/contracts/dead-letter.ts'
import type { EventView } from '#shared/contracts/event.ts'
import type { JobDetail } from '#shared/contracts/job.ts'
import type { Masking } from '#shared/contracts/masking.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { Problem } from '#shared/contracts/problem.ts'
import { publicId } from '#shared/ids.ts'
import { mask } from '#shared/redact.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiClient } from '../support/api-client.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { addOperator, openBrowser, type Browser } from '../support/operators.ts'
import { createPathRows, type PathRows } from '../support/path-rows.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let api: ApiClient
let rows: PathRows
const signedIn = {} as Record<'viewer' | 'operator' | 'admin', Browser>

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app)
  api = createApiClient(http.url, platform.apiKey)
  rows = createPathRows(platform)
  for (const role of ['viewer', 'operator', 'admin'] as const) {
    signedIn[role] = openBrowser(http.url)
    await signedIn[role].signIn(await addOperator(platform.pool, { roles: { [platform.workspaceId]: role }, name: role }))
  }
})

afterAll(async () => {
  await http.close()
  await app.close()
})

const data = { shoeSize: 44, nested: [{ ShoeSize: 'large', note: 'fine' }], apiKey: 'verysecret', title: 'Fine' }
const reason = 'asked for in 4711'
const masked = (own: boolean) => ({
  shoeSize: own ? mask : 44,
  nested: [{ ShoeSize: own ? mask : 'large', note: 'fine' }],
  apiKey: mask,
  title: 'Fine',
})
/** An event, a job and a dead letter with these data, as their reader sees them. */
async function seen(by: Browser): Promise<{ event: unknown; job: unknown; letter: unknown }> {
  const event = (await by.call<EventView>('GET', `/events/${ids.event}`)).body.data
  const job = (await by.call<JobDetail>('GET', `/queues/fan-out/jobs/${ids.event}`)).body.payload
  const letter = (await by.call<LetterDetail>('GET', `/dead-letters/${ids.letter}`)).body.snapshot.event.data
  return { event, job: JSON.parse(job!), letter }
}
const ids = { event: '', letter: '' }

describe('payloads', () => {
  it('are masked for viewers by the names of every workspace, and shown to whoever may act', async () => {
    const accepted = await api.post<{ id: string }>('/events', { type: 'masked.one', recipients: ['u1'], data })
    ids.event = accepted.body.id
    const dead = await rows.accept({ type: 'masked.dead', data })
    const [written] = await rows.fanOut(dead, [{ channel: 'email', recipientId: 'u1' }])
    await rows.attempt(written!.deliveryId, { state: 'dead' })
    const letters = (await api.get<Page<LetterView>>('/dead-letters?state=open')).body.items
    ids.letter = letters.find((one) => one.deliveryId === publicId('delivery', written!.deliveryId))!.id
    expect(await seen(signedIn.viewer)).toEqual({ event: masked(false), job: masked(false), letter: masked(false) })
    expect(await seen(signedIn.operator)).toEqual({ event: data, job: data, letter: data })
  })

  it('are masked by the names of their own workspace as well, wherever they stand, at once', async () => {
    expect((await signedIn.viewer.call<Masking>('GET', '/masking')).body).toMatchObject({
      names: [],
      standard: expect.arrayContaining(['password']),
    })
    const put = await signedIn.admin.call<Masking>('PUT', '/masking', { names: ['shoesize', 'diagnosis'], reason })
    expect([put.status, put.body.names]).toEqual([200, ['shoesize', 'diagnosis']])
    expect(await seen(signedIn.viewer)).toEqual({ event: masked(true), job: masked(true), letter: masked(true) })
    expect(await seen(signedIn.operator)).toEqual({ event: data, job: data, letter: data })
    const other = await platform.addWorkspace()
    expect((await api.get<Masking>('/masking', other.apiKey)).body.names).toEqual([])
    const { body: audit } = await signedIn.admin.call<Page<AuditEntry>>('GET', '/audit?action=masking.update')
    expect(audit.items).toMatchObject([
      { reason, actor: { name: 'admin' }, details: { before: { names: [] }, after: { names: ['shoesize', 'diagnosis'] } } },
    ])
    await signedIn.admin.call('PUT', '/masking', { names: [], reason })
    expect((await seen(signedIn.viewer)).event).toEqual(masked(false))
  })

  it('are for admins to decide, with a reason', async () => {
    for (const role of ['viewer', 'operator'] as const)
      expect((await signedIn[role].call('PUT', '/masking', { names: ['x'], reason })).status).toBe(403)
    for (const [body, path] of [
      [{ names: ['x'] }, '/reason'],
      [{ names: ['x', 'X'], reason }, '/names/1'],
      [{ names: [''], reason }, '/names/0'],
      [{ names: Array.from({ length: 201 }, (_, n) => `n${n}`), reason }, '/names'],
    ] as const) {
      const answer = await signedIn.admin.call<Problem>('PUT', '/masking', body)
      expect([answer.status, answer.body.errors?.map((error) => error.path)]).toEqual([422, [path]])
    }
  })
})
