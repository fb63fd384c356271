// What leaves an entry in the audit, and how entries are found.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditEntry } from '#shared/contracts/audit.ts'
import type { Page } from '#shared/contracts/page.ts'
import { verifyAudit } from '#services/audit/index.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiCall } from '../support/api-client.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { addOperator, openBrowser, type Browser } from '../support/operators.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let admin: Browser
/** By a key. */
let api: ApiCall

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app)
  api = createApiClient(http.url, platform.apiKey).call
  admin = openBrowser(http.url)
  await admin.signIn(await addOperator(platform.pool, { roles: { [platform.workspaceId]: 'admin' }, name: 'Ada' }))
})

afterAll(async () => {
  expect((await verifyAudit(platform.pool)).broken).toBeNull()
  await http.close()
  await app.close()
})

const reason = 'asked for in 4711'

async function entries(query: string): Promise<AuditEntry[]> {
  const answer = await admin.call<Page<AuditEntry>>('GET', `/audit?${query}`)
  expect(answer.status).toBe(200)
  return answer.body.items
}

describe('an entry is left by', () => {
  it('publishing a workflow, once, and deleting it', async () => {
    const workflow = {
      name: 'Hello',
      eventType: 'a.b',
      steps: [{ id: 'bell', type: 'channel', channel: 'in-app', template: { title: 'Hi', body: 'x' } }],
    }
    expect((await admin.call('PUT', '/workflows/hello', workflow)).status).toBe(201)
    expect((await admin.call('POST', '/workflows/hello/publish', { reason })).status).toBe(200)
    expect((await admin.call('POST', '/workflows/hello/publish')).status).toBe(200)
    expect((await admin.call('DELETE', '/workflows/hello', { reason })).status).toBe(204)
    expect((await admin.call('DELETE', '/workflows/hello')).status).toBe(404)
    expect(await entries('subjectKind=workflow')).toMatchObject([
      { action: 'workflow.delete', reason, details: { before: { name: 'Hello', publishedVersion: 1 } } },
      { action: 'workflow.publish', reason, actor: { kind: 'operator', name: 'Ada' }, details: { after: { publishedVersion: 1 } } },
      { action: 'workflow.save', reason: null, details: { after: { name: 'Hello', draftVersion: 1 } } },
    ])
  })

  it('cancelling an event', async () => {
    const scheduledAt = new Date(Date.now() + 86_400_000).toISOString()
    const { body } = await admin.call<{ id: string }>('POST', '/events', { type: 'a.b', recipients: [], scheduledAt })
    expect((await admin.call('POST', `/events/${body.id}/cancel`, { reason })).status).toBe(200)
    expect((await admin.call('POST', `/events/${body.id}/cancel`, { reason })).status).toBe(409)
    expect(await entries(`subjectId=${body.id}`)).toMatchObject([{ action: 'event.cancel', reason, details: { deliveries: 0 } }])
  })

  it('deleting a recipient, and says nothing of them but the id', async () => {
    expect((await api('PUT', '/recipients/u7', { email: 'secret@example.com' })).status).toBe(201)
    expect((await admin.call('DELETE', '/recipients/u7', { reason })).status).toBe(204)
    expect((await admin.call('DELETE', '/recipients/u7')).status).toBe(404)
    const found = await entries('subjectKind=recipient')
    expect(found).toMatchObject([{ action: 'recipient.delete', reason, subject: { id: 'u7' }, details: {} }])
    expect(JSON.stringify(found)).not.toContain('secret@')
  })

  it('what a person changes about recipients and topics by hand, not what a program does by its key', async () => {
    for (const call of [api, admin.call.bind(admin)]) {
      expect((await call('PUT', '/recipients/u8', { email: 'secret@example.com' })).status).toBeLessThan(300)
      expect((await call('PUT', '/recipients/u8/preferences', { channels: { email: false } })).status).toBe(200)
      expect((await call('PUT', '/topics/t8', { name: 'Eight' })).status).toBeLessThan(300)
      expect((await call('PUT', '/topics/t8/members/u8')).status).toBe(204)
      expect((await call('DELETE', '/topics/t8/members/u8')).status).toBe(204)
      expect((await call('DELETE', '/topics/t8/members/u8')).status).toBe(404)
    }
    const found = await entries('subjectId=u8')
    expect(found.map(({ action }) => action)).toEqual(['recipient.prefer', 'recipient.save'])
    expect(JSON.stringify(found)).not.toContain('secret@')
    expect(await entries('subjectId=t8')).toMatchObject([
      { action: 'topic.remove-member', actor: { kind: 'operator', name: 'Ada' }, details: { recipientId: 'u8' } },
      { action: 'topic.add-member' },
      { action: 'topic.save', details: { after: { name: 'Eight' } } },
    ])
  })

  it('a batch of recipients by hand, once for all of them, with how many they were', async () => {
    const recipients = [{ id: 'b1', email: 'secret@example.com' }, { id: 'b2' }, { id: 'b1' }, { id: '' }]
    for (const call of [api, admin.call.bind(admin)]) expect((await call('POST', '/recipients/batch', { recipients })).status).toBe(200)
    expect((await admin.call('POST', '/recipients/batch', { recipients: [{ id: '' }] })).status).toBe(200)
    const found = await entries('subjectKind=recipients')
    expect(found).toMatchObject([{ action: 'recipient.save-many', actor: { kind: 'operator', name: 'Ada' }, details: { recipients: 2 } }])
    expect(found).toHaveLength(1)
    expect(JSON.stringify(found)).not.toContain('secret@')
  })
})

describe('entries are found', () => {
  it('by actor, action or its kind, words, and time', async () => {
    const all = await entries('limit=200')
    expect(all.length).toBeGreaterThanOrEqual(4)
    expect(await entries('actor=ada')).toHaveLength(all.length)
    expect(await entries(`actor=${all[0]!.actor.id}`)).toHaveLength(all.length)
    expect(await entries('actor=nobody')).toEqual([])
    expect(await entries('actorKind=api-key')).toEqual([])
    expect((await entries('action=workflow')).map(({ action }) => action)).toEqual(['workflow.delete', 'workflow.publish', 'workflow.save'])
    expect(await entries('action=work')).toEqual([])
    expect((await entries('q=hello')).length).toBe(3)
    expect((await entries('q=4711&action=event.cancel')).length).toBe(1)
    expect(await entries('q=100%25')).toEqual([])
    expect(await entries(`to=${all.at(-1)!.at}`)).toEqual([])
    expect(await entries(`from=${all.at(-1)!.at}&limit=200`)).toHaveLength(all.length)
  })
})
