// Route x caller x workspace, generated from the operations: who gets in, who is told 401, 403, 404. What is expected is said here
// a second time, in a table, and not read from the rules that decide it. Ids of another workspace: other-workspace-ids.test.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operations } from '#shared/contracts/operations/index.ts'
import type { Operation } from '#shared/contracts/operations/operation.ts'
import { scopes } from '#shared/contracts/scope.ts'
import { newUuid, publicId, type IdKind } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient } from '../support/api-client.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { addOperator, openBrowser, type TestOperator } from '../support/operators.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
const headersOf: Record<string, Record<string, string>> = {}
const people: Record<string, TestOperator> = {}

/** `in`: neither 401, 403 nor refused for its workspace; what the handler says then (404, 409, 422 ...) is its own business. */
type Verdict = 'in' | 401 | 403 | 404

const reads = (op: Operation): boolean => op.method === 'GET'
const forInstance = (op: Operation): boolean => typeof op.auth === 'object' && op.auth.instance === true
/** Reading them shows what is in a file. */
const forActing = (op: Operation): boolean => ['getAttachmentContent', 'getAttachmentThumbnail'].includes(op.operationId)
const forAdmins = (op: Operation): boolean => typeof op.auth === 'object' && op.auth.scope === 'admin'

/** What each caller may do where the policy is a scope; the table of quality.md, "Operators" and "API keys". */
const scoped: Record<string, (op: Operation) => Verdict> = {
  nobody: () => 401,
  'a made-up key': () => 401,
  'a made-up session': () => 401,
  'a recipient': () => 401,
  viewer: (op) => (reads(op) && !forActing(op) && !forAdmins(op) && !forInstance(op) ? 'in' : 403),
  operator: (op) => (!forAdmins(op) && !forInstance(op) ? 'in' : 403),
  admin: (op) => (forInstance(op) ? 403 : 'in'),
  'a viewer who owns the instance': (op) => (forInstance(op) || (reads(op) && !forActing(op) && !forAdmins(op)) ? 'in' : 403),
  'somebody without a workspace': () => 403,
  'an admin, of another workspace': () => 404,
  'an admin, from a page elsewhere': (op) => (reads(op) && !forInstance(op) ? 'in' : 403),
  'a key with the scope, of the instance': () => 'in',
  'a key with the scope, of a workspace': (op) => (forInstance(op) ? 403 : 'in'),
  'a key with every other scope': () => 403,
}
const signedIn = ['viewer', 'operator', 'admin', 'a viewer who owns the instance', 'somebody without a workspace']
const callers = Object.keys(scoped)

function expected(op: Operation, caller: string): Verdict {
  if (op.auth === 'public') return 'in'
  if (op.auth === 'recipient') return caller === 'a recipient' ? 'in' : 401
  if (op.auth !== 'operator') return scoped[caller]!(op)
  if (caller === 'an admin, of another workspace') return 404
  if (caller === 'an admin, from a page elsewhere') return reads(op) ? 'in' : 403
  return signedIn.includes(caller) ? 'in' : 401
}

beforeAll(async () => {
  platform = await openTestPlatform({ environment: { SIGNALBOX_MAIL_CATCHER: '1' } })
  app = assembleApp(platform)
  http = await serveRoutes(app)
  const api = createApiClient(http.url, platform.apiKey).call
  const other = await platform.addWorkspace()
  const here = platform.workspaceId
  people.viewer = await addOperator(platform.pool, { roles: { [here]: 'viewer' } })
  people.operator = await addOperator(platform.pool, { roles: { [here]: 'operator' } })
  people.admin = await addOperator(platform.pool, { roles: { [here]: 'admin' } })
  people['a viewer who owns the instance'] = await addOperator(platform.pool, { roles: { [here]: 'viewer' }, instance: true })
  people['somebody without a workspace'] = await addOperator(platform.pool)
  people['an admin, of another workspace'] = await addOperator(platform.pool, { roles: { [other.workspaceId]: 'admin' } })
  people['an admin, from a page elsewhere'] = people.admin
  for (const name of Object.keys(people)) await signIn(name)
  headersOf.nobody = {}
  headersOf['a made-up key'] = { authorization: `Bearer sb_${'x'.repeat(40)}` }
  headersOf['a made-up session'] = { cookie: `sb_session=${'x'.repeat(43)}`, 'sec-fetch-site': 'same-origin' }
  headersOf['a recipient'] = { authorization: `Bearer ${(await app.services.inbox.tokens.issue(here, 'u1')).token}` }
  for (const scope of scopes) {
    const key = async (name: string, body: object) => {
      const made = await api('POST', '/api-keys', { name, ...body })
      headersOf[`${name}: ${scope}`] = { authorization: `Bearer ${made.body.secret}` }
    }
    await key('a key with the scope, of the instance', { scopes: [scope], instance: true })
    await key('a key with the scope, of a workspace', { scopes: [scope], instance: false })
    await key('a key with every other scope', { scopes: scopes.filter((one) => one !== scope && one !== 'admin') })
  }
})

afterAll(async () => {
  await http.close()
  await app.close()
})

async function signIn(name: string): Promise<void> {
  const browser = openBrowser(http.url)
  expect((await browser.signIn(people[name]!)).status).toBe(200)
  headersOf[name] = {
    cookie: browser.cookie,
    'sec-fetch-site': name.endsWith('elsewhere') ? 'cross-site' : 'same-origin',
    ...(name.endsWith('another workspace') ? { 'x-signalbox-workspace': publicId('workspace', platform.workspaceId) } : {}),
  }
}

const kinds: Record<string, IdKind> = {
  events: 'event',
  endpoints: 'endpoint',
  'api-keys': 'apiKey',
  attachments: 'attachment',
  operators: 'operator',
  notifications: 'notification',
  deliveries: 'delivery',
  'dead-letters': 'deadLetter',
  replays: 'replay',
  mailbox: 'mail',
  inbox: 'notification',
}

/** The path with ids that are nobody's. */
function pathOf(op: Operation): string {
  const [, , , kind = ''] = op.path.split('/')
  let first = true
  return op.path.replaceAll(/\{\w+\}/g, () => {
    const own = first && kinds[kind] ? publicId(kinds[kind], newUuid()) : undefined
    first = false
    return own ?? 'unknown'
  })
}

async function ask(op: Operation, headers: Record<string, string>): Promise<{ status: number; detail: string }> {
  const leaving = new AbortController()
  const body = op.body && op.method !== 'GET' ? { body: '{}', headers: { ...headers, 'content-type': 'application/json' } } : { headers }
  const response = await fetch(`${http.url}${pathOf(op)}`, { method: op.method, signal: leaving.signal, ...body })
  const problem = response.status >= 400 ? ((await response.json()) as { detail: string }) : { detail: '' }
  // Streams never end by themselves.
  leaving.abort()
  return { status: response.status, detail: problem.detail }
}

describe.each(operations.map((op) => [`${op.method} ${op.path}`, op] as const))('%s', (_, op) => {
  it('lets in whom it should, and nobody else', async () => {
    const wrong: string[] = []
    for (const caller of callers) {
      const scope = typeof op.auth === 'object' ? op.auth.scope : 'admin'
      // What only admins hold has no other scope that could stand for it.
      const headers = headersOf[caller] ?? headersOf[`${caller}: ${scope}`]!
      const wanted = expected(op, caller)
      const { status, detail } = await ask(op, headers)
      const isIn = ![401, 403].includes(status) && (status < 500 || status === 503) && !detail.includes('no such workspace, or')
      // Signing in without a password is no question of who asks.
      const isRight = op.operationId === 'signIn' ? [403, 422].includes(status) : wanted === 'in' ? isIn : status === wanted
      if (!isRight) wrong.push(`${caller}: ${status} ${detail}, not ${wanted}`)
      if (op.operationId === 'signOut' && people[caller]) await signIn(caller)
    }
    expect(wrong).toEqual([])
  })
})
