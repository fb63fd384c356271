// Replays and discards as those see them who may only look: what happened, without what was typed of persons and what an edit writes.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DiscardView, LetterView } from '#shared/contracts/dead-letter.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { ReplayView } from '#shared/contracts/replay.ts'
import { mask } from '#shared/redact.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { addOperator, openBrowser, type Browser } from '../support/operators.ts'
import { createPathRows } from '../support/path-rows.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
const signedIn = {} as Record<'viewer' | 'operator', Browser>

const address = 'ada.lovelace@example.com'
const reason = `${address} moved house`
const masked = `${mask} moved house`
const filter = { q: address }

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app)
  const rows = createPathRows(platform)
  for (const recipientId of ['kept', 'given-up']) {
    const event = await rows.accept({ type: `lab.${recipientId}` })
    const [written] = await rows.fanOut(event, [{ channel: 'email', recipientId }])
    await rows.attempt(written!.deliveryId, { state: 'dead', errorCode: 'smtp-550', error: `no mailbox ${address}` })
  }
  for (const role of ['viewer', 'operator'] as const) {
    signedIn[role] = openBrowser(http.url)
    await signedIn[role].signIn(await addOperator(platform.pool, { roles: { [platform.workspaceId]: role } }))
  }
})

afterAll(async () => {
  await http?.close()
  await app?.close()
})

async function read<T>(who: Browser, path: string): Promise<T> {
  const { status, body } = await who.call<T>('GET', path)
  expect([path, status]).toEqual([path, 200])
  return body
}

it('a replay keeps the paths of its edit, and no value of it', async () => {
  const patch = [
    { op: 'replace', path: '/subject', value: `For ${address}` },
    { op: 'remove', path: '/text' },
  ]
  const started = await signedIn.operator.call<ReplayView>('POST', '/replays', { filter, patch, reason })
  expect(started.status).toBe(202)
  const { id } = started.body
  const shown = { reason: masked, filter: { q: mask }, patch: [{ ...patch[0], value: mask }, patch[1]] }
  expect(await read<ReplayView>(signedIn.viewer, `/replays/${id}`)).toMatchObject(shown)
  expect((await read<Page<ReplayView>>(signedIn.viewer, '/replays')).items).toMatchObject([shown])
  expect(await read<ReplayView>(signedIn.operator, `/replays/${id}`)).toMatchObject({ reason, filter, patch })
  expect((await read<Page<ReplayView>>(signedIn.operator, '/replays')).items).toMatchObject([{ reason, filter, patch }])
})

it('a discard and its letters say why, without the person', async () => {
  const given = await signedIn.operator.call('POST', '/dead-letters/discard', { filter: { ...filter, eventType: 'lab.given-up' }, reason })
  expect([given.status, given.body]).toEqual([200, expect.objectContaining({ discarded: 1 })])
  const discards = async (who: Browser) => (await read<Page<DiscardView>>(who, '/dead-letters/discards')).items
  expect(await discards(signedIn.viewer)).toMatchObject([{ reason: masked, filter: { q: mask, eventType: 'lab.given-up' } }])
  expect(await discards(signedIn.operator)).toMatchObject([{ reason, filter: { q: address } }])
  const closed = async (who: Browser) => (await read<Page<LetterView>>(who, '/dead-letters?state=discarded')).items
  const [letter] = await closed(signedIn.operator)
  expect(letter).toMatchObject({ closedReason: reason })
  expect(await closed(signedIn.viewer)).toMatchObject([{ closedReason: masked }])
  expect(await read<LetterView>(signedIn.viewer, `/dead-letters/${letter!.id}`)).toMatchObject({ closedReason: masked })
})
