// Operators and workspaces from outside: who may make, see and change whom, and what ends when they do.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ApiKeyCreated } from '#shared/contracts/api-key.ts'
import type { AuditEntry } from '#shared/contracts/audit.ts'
import type { Operator, OperatorCreated, Workspace } from '#shared/contracts/operator.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { Problem } from '#shared/contracts/problem.ts'
import type { Session } from '#shared/contracts/session.ts'
import { publicId } from '#shared/ids.ts'
import { verifyAudit } from '#services/audit/index.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { eventually } from '../support/eventually.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { addOperator, openBrowser, type Browser, type TestOperator } from '../support/operators.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let other: string
let owner: Browser
let admin: Browser
let ownerIs: TestOperator
let adminIs: TestOperator

const reason = 'a test'

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app, (file) => /v1.(session|operators|workspaces|api-keys|audit|recipients)/.test(file))
  other = (await platform.addWorkspace()).workspaceId
  ownerIs = await addOperator(platform.pool, { roles: { [platform.workspaceId]: 'viewer' }, instance: true, name: 'Owner' })
  adminIs = await addOperator(platform.pool, { roles: { [platform.workspaceId]: 'admin' }, name: 'Admin' })
})

beforeEach(async () => {
  await platform.redis.flushdb()
  owner = await signedIn(ownerIs)
  admin = await signedIn(adminIs)
})

afterAll(async () => {
  expect((await verifyAudit(platform.pool)).broken).toBeNull()
  await http.close()
  await app.close()
})

async function signedIn(operator: Pick<TestOperator, 'email' | 'password'>): Promise<Browser> {
  const browser = openBrowser(http.url)
  expect((await browser.signIn(operator)).status).toBe(200)
  return browser
}

let made = 0
async function make(by: Browser, changes: Record<string, unknown> = {}): Promise<OperatorCreated> {
  const answer = await by.call<OperatorCreated>('POST', '/operators', {
    email: `made-${made++}@example.com`,
    name: 'Made',
    role: 'viewer',
    ...changes,
  })
  expect(answer.status).toBe(201)
  return answer.body
}

async function lastAudit(subjectId: string, action = 'operator'): Promise<AuditEntry> {
  const key = { authorization: `Bearer ${platform.apiKey}`, cookie: '' }
  const { body } = await owner.call<Page<AuditEntry>>('GET', `/audit?subjectId=${subjectId}&action=${action}`, undefined, key)
  return body.items[0]!
}

describe('a new operator', () => {
  it('signs in with the password that is shown once, in the workspace and role given', async () => {
    const { password, ...operator } = await make(admin, { email: 'Ada@Example.com', role: 'operator' })
    expect(password).toMatch(/^[A-Za-z0-9_-]{20}$/)
    const { body } = await (await signedIn({ email: 'ada@example.com', password: password! })).call<Session>('GET', '/session')
    expect(body.operator).toMatchObject({ id: operator.id, role: 'operator', instance: false })
    expect((await admin.call('GET', `/operators/${operator.id}`)).body).toMatchObject({
      email: 'Ada@Example.com',
      state: 'active',
      yours: true,
    })
    expect(await lastAudit(operator.id)).toMatchObject({ action: 'operator.create', instance: false, actor: { name: 'Admin' } })
    expect(JSON.stringify(await lastAudit(operator.id))).not.toContain(password)
  })

  it('keeps a password that was given, and shows none', async () => {
    const operator = await make(admin, { password: 'ten letters or more' })
    expect(operator.password).toBeNull()
    await signedIn({ email: operator.email, password: 'ten letters or more' })
    expect((await admin.call('POST', '/operators', { email: 'x@y.z', name: 'X', role: 'viewer', password: 'short' })).status).toBe(422)
  })

  it('has an address of their own, whatever the case, also when two are made at once', async () => {
    const body = { email: 'twice@example.com', name: 'Twice', role: 'viewer' }
    const answers = await Promise.all([
      admin.call('POST', '/operators', body),
      owner.call('POST', '/operators', { ...body, email: 'TWICE@example.com' }, { authorization: `Bearer ${platform.apiKey}` }),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
  })

  it('owns the instance only when an owner says so', async () => {
    const body = { email: 'would-be@example.com', name: 'W', role: 'viewer', instance: true }
    expect((await admin.call('POST', '/operators', body)).status).toBe(403)
    const promoted = await make(admin)
    const change = { instance: true, reason }
    expect((await admin.call('PATCH', `/operators/${promoted.id}`, change)).status).toBe(403)
  })
})

describe('an admin of one workspace', () => {
  it('sees who belongs to it, and of them only that', async () => {
    const shared = await addOperator(platform.pool, { roles: { [platform.workspaceId]: 'viewer', [other]: 'admin' } })
    const foreign = await addOperator(platform.pool, { roles: { [other]: 'admin' } })
    const { body } = await admin.call<Page<Operator>>('GET', '/operators?limit=200')
    const seen = body.items.find((operator) => operator.id === shared.id)
    expect(seen).toMatchObject({ workspaces: [{ role: 'viewer' }], yours: false })
    expect(body.items.some((operator) => operator.id === foreign.id)).toBe(false)
    expect((await admin.call('GET', `/operators/${foreign.id}`)).status).toBe(404)
  })

  it('cannot become somebody who belongs to other workspaces or owns the instance', async () => {
    const shared = await addOperator(platform.pool, { roles: { [platform.workspaceId]: 'viewer', [other]: 'admin' } })
    for (const { id } of [shared, ownerIs]) {
      expect((await admin.call('POST', `/operators/${id}/reset-password`, { reason })).status).toBe(403)
      expect((await admin.call('POST', `/operators/${id}/disable`, { reason })).status).toBe(403)
      expect((await admin.call('DELETE', `/operators/${id}`)).status).toBe(403)
      expect((await admin.call('PATCH', `/operators/${id}`, { name: 'Mine', reason })).status).toBe(403)
    }
  })

  it('gives roles in it, and in no other one', async () => {
    const operator = await make(admin)
    const put = (workspace: string, role: string | null) =>
      admin.call<Operator>('PUT', `/operators/${operator.id}/workspaces/${workspace}`, { role, reason })
    const here = publicId('workspace', platform.workspaceId)
    const browser = await signedIn({ email: operator.email, password: operator.password! })
    const write = () => browser.call('PUT', '/recipients/u1', {})
    expect((await write()).status).toBe(403)
    expect((await put(here, 'operator')).body.workspaces).toMatchObject([{ role: 'operator' }])
    expect((await write()).status).toBe(201)
    expect(await lastAudit(operator.id)).toMatchObject({
      action: 'operator.role',
      reason,
      details: { before: { role: 'viewer' }, after: { role: 'operator' } },
    })
    expect((await put(publicId('workspace', other), 'admin')).status).toBe(404)
    expect((await put(here, null)).body.workspaces).toEqual([])
    expect((await browser.call('GET', '/recipients')).status).toBe(403)
    expect((await admin.call('GET', `/operators/${operator.id}`)).status).toBe(404)
  })

  it('cannot lock themselves out', async () => {
    const here = publicId('workspace', platform.workspaceId)
    expect((await admin.call('PUT', `/operators/${adminIs.id}/workspaces/${here}`, { role: 'viewer', reason })).status).toBe(409)
    expect((await admin.call('POST', `/operators/${adminIs.id}/disable`, { reason })).status).toBe(409)
    expect((await admin.call('DELETE', `/operators/${adminIs.id}`)).status).toBe(409)
    expect((await admin.call('POST', `/operators/${adminIs.id}/reset-password`, { reason })).status).toBe(409)
  })

  it('cannot make a key that reaches the instance', async () => {
    const key = await admin.call<ApiKeyCreated>('POST', '/api-keys', { name: 'k', scopes: ['admin'] })
    expect(key.body.instance).toBe(false)
    const byKey = (path: string, body: unknown) =>
      admin.call('POST', path, body, { authorization: `Bearer ${key.body.secret}`, cookie: '' })
    expect((await byKey('/workspaces', { key: 'mine', name: 'Mine' })).status).toBe(403)
    expect((await byKey('/api-keys', { name: 'k2', scopes: ['admin'], instance: true })).status).toBe(403)
    expect((await admin.call('PATCH', `/api-keys/${key.body.id}`, { instance: true })).status).toBe(403)
    const given = await admin.call<ApiKeyCreated>(
      'POST',
      '/api-keys',
      { name: 'k3', scopes: ['recipients'] },
      { authorization: `Bearer ${platform.apiKey}`, cookie: '' },
    )
    expect(given.body.instance).toBe(true)
    expect((await admin.call('PATCH', `/api-keys/${given.body.id}`, { scopes: ['recipients', 'operate'] })).status).toBe(403)
  })
})

describe('disabling and a new password', () => {
  it('end every session within five seconds, and enabling lets them sign in again', async () => {
    const operator = await make(admin, { password: 'ten letters or more' })
    const credentials = { email: operator.email, password: 'ten letters or more' }
    const browser = await signedIn(credentials)
    expect((await admin.call<Operator>('POST', `/operators/${operator.id}/disable`, { reason })).body.state).toBe('disabled')
    await eventually(async () => expect((await browser.call('GET', '/session')).status).toBe(401))
    expect((await openBrowser(http.url).signIn(credentials)).status).toBe(401)
    expect((await admin.call<Operator>('POST', `/operators/${operator.id}/enable`, { reason })).body.state).toBe('active')
    const again = await signedIn(credentials)
    const reset = await admin.call<{ password: string }>('POST', `/operators/${operator.id}/reset-password`, { reason })
    expect((await again.call('GET', '/session')).status).toBe(401)
    await signedIn({ email: operator.email, password: reset.body.password })
  })

  it('go on in the session that changed its own password, and end the others', async () => {
    const operator = await make(admin, { password: 'ten letters or more' })
    const credentials = { email: operator.email, password: 'ten letters or more' }
    const [mine, another] = [await signedIn(credentials), await signedIn(credentials)]
    const before = mine.cookie
    const wrong = await mine.call<Problem>('POST', '/session/password', { current: 'wrong', next: 'another password' })
    expect([wrong.status, wrong.body.errors?.[0]?.path]).toEqual([422, '/current'])
    const changed = await mine.call('POST', '/session/password', { current: credentials.password, next: 'another password' })
    expect(changed.status).toBe(204)
    expect(mine.cookie).not.toBe(before)
    expect((await mine.call('GET', '/session')).status).toBe(200)
    expect((await another.call('GET', '/session')).status).toBe(401)
    expect((await openBrowser(http.url).signIn(credentials)).status).toBe(401)
    await signedIn({ ...credentials, password: 'another password' })
  })
})

describe('an owner of the instance', () => {
  // Whose role is viewer: owning is not a role.
  const byKey = () => ({ authorization: `Bearer ${platform.apiKey}`, cookie: '' })

  it('needs the role admin for the people of a workspace', async () => {
    const refused = await owner.call<Problem>('GET', '/operators')
    expect([refused.status, refused.body.detail]).toEqual([403, 'This needs the role admin; you are viewer of Test.'])
  })

  it('is never the last one to go', async () => {
    const second = await make(owner, { instance: true }).catch(() => null)
    expect(second, 'a viewer makes nobody').toBeNull()
    const answer = await owner.call<Problem>('POST', `/operators/${ownerIs.id}/disable`, { reason }, byKey())
    expect([answer.status, answer.body.detail]).toEqual([409, 'This is the last owner of the instance. Name another one first.'])
    expect((await owner.call('DELETE', `/operators/${ownerIs.id}`, undefined, byKey())).status).toBe(409)
    expect((await owner.call('PATCH', `/operators/${ownerIs.id}`, { instance: false, reason }, byKey())).status).toBe(409)
  })

  it('makes a workspace, is its admin, renames it, and gives roles in it', async () => {
    const created = await owner.call<Workspace>('POST', '/workspaces', { key: 'staging', name: 'Staging' })
    expect(created.status).toBe(201)
    expect((await owner.call('POST', '/workspaces', { key: 'staging', name: 'Again' })).status).toBe(409)
    expect((await owner.call('POST', '/workspaces', { key: 'No Key', name: 'x' })).status).toBe(422)
    const inIt = { 'x-signalbox-workspace': 'staging' }
    expect((await owner.call<Session>('GET', '/session', undefined, inIt)).body.operator.role).toBe('admin')
    const put = await owner.call<Operator>('PUT', `/operators/${adminIs.id}/workspaces/staging`, { role: 'viewer', reason }, inIt)
    expect(put.body.workspaces).toHaveLength(2)
    expect((await owner.call<Workspace>('PATCH', '/workspaces/staging', { name: 'Staging EU' })).body).toMatchObject({
      key: 'staging',
      name: 'Staging EU',
      operators: 2,
    })
    expect((await owner.call<Page<Workspace>>('GET', '/workspaces')).body.items.map(({ key }) => key)).toContain('staging')
    expect((await admin.call('POST', '/workspaces', { key: 'mine', name: 'Mine' })).status).toBe(403)
    const own = (role: string) => owner.call('PUT', `/operators/${ownerIs.id}/workspaces/without-me`, { role, reason }, inIt)
    expect((await owner.call('POST', '/workspaces', { key: 'without-me', name: 'W' }, byKey())).status).toBe(201)
    expect((await own('admin')).status).toBe(200)
    expect((await own('viewer')).status).toBe(409)
    await owner.call('PUT', `/operators/${adminIs.id}/workspaces/staging`, { role: null, reason }, inIt)
  })

  it('reads what belongs to no workspace in the audit; others do not', async () => {
    const all = await owner.call<Page<AuditEntry>>('GET', '/audit?action=session', undefined, byKey())
    expect(all.body.items.map(({ action }) => action)).toEqual(expect.arrayContaining(['session.begin']))
    expect(all.body.items.every(({ instance }) => instance)).toBe(true)
    expect((await admin.call<Page<AuditEntry>>('GET', '/audit?action=session')).body.items).toEqual([])
  })
})

describe('refused sign-ins', () => {
  it('stand in the audit, without what was typed', async () => {
    await openBrowser(http.url).signIn({ email: 'my secret password', password: 'wrong' })
    await openBrowser(http.url).signIn({ email: adminIs.email, password: 'wrong' })
    const { body } = await owner.call<Page<AuditEntry>>('GET', '/audit?action=session.refuse', undefined, {
      authorization: `Bearer ${platform.apiKey}`,
      cookie: '',
    })
    expect(body.items.slice(0, 2).map(({ subject }) => subject.id)).toEqual([adminIs.id, 'unknown'])
    expect(JSON.stringify(body)).not.toContain('my secret')
  })
})
