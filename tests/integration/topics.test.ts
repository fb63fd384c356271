// Topics and their members over HTTP, against a real Postgres.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiCall } from '../support/api-client.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let call: ApiCall
beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app)
  call = createApiClient(http.url, platform.apiKey).call
})
afterAll(async () => {
  await http.close()
  await app.close()
})

const memberIds = async (key: string, query = '') =>
  (await call('GET', `/topics/${key}/members${query}`)).body.items.map((item: { recipientId: string }) => item.recipientId)

it('are created and renamed', async () => {
  const made = await call('PUT', '/topics/repo-7', { name: 'Watchers' })
  expect(made).toMatchObject({ status: 201, body: { key: 'repo-7', name: 'Watchers' } })
  expect(await call('PUT', '/topics/repo-7', { name: 'Watchers of repo 7' })).toMatchObject({
    status: 200,
    body: { name: 'Watchers of repo 7', createdAt: made.body.createdAt },
  })
  expect((await call('GET', '/topics/repo-7')).body.name).toBe('Watchers of repo 7')
})

it('need a key and a name that are sane', async () => {
  for (const key of ['-a', 'a b', 'a%2Fb', 'ü', 'x'.repeat(129)])
    expect((await call('PUT', `/topics/${key}`, { name: 'n' })).status).toBe(422)
  for (const body of [{}, { name: '' }, { name: ' ' }, { name: 'a\nb' }, { name: 'n', colour: 'red' }])
    expect((await call('PUT', '/topics/sane', body)).status).toBe(422)
  expect((await call('GET', '/topics/sane')).status).toBe(404)
})

it('take members, known or not, once each, and list them by id', async () => {
  await call('PUT', '/topics/members', { name: 'Members' })
  for (const id of ['m3', 'm1', 'm2', 'm1', encodeURIComponent('m/4')])
    expect((await call('PUT', `/topics/members/members/${id}`)).status).toBe(204)
  expect(await memberIds('members')).toEqual(['m/4', 'm1', 'm2', 'm3'])
  expect((await call('GET', '/recipients/m1')).status).toBe(200)
  const first = await call('GET', '/topics/members/members?limit=3')
  expect(await memberIds('members', `?limit=3&cursor=${first.body.nextCursor}`)).toEqual(['m3'])
  expect((await call('DELETE', `/topics/members/members/${encodeURIComponent('m/4')}`)).status).toBe(204)
  expect((await call('DELETE', `/topics/members/members/${encodeURIComponent('m/4')}`)).status).toBe(404)
  expect(await memberIds('members')).toEqual(['m1', 'm2', 'm3'])
})

it('do not touch the profile of a member that is known', async () => {
  await call('PUT', '/recipients/known', { email: 'known@example.com' })
  await call('PUT', '/topics/known-members', { name: 'Known' })
  await call('PUT', '/topics/known-members/members/known')
  expect((await call('GET', '/recipients/known')).body.email).toBe('known@example.com')
})

it('that do not exist take and give no members', async () => {
  expect((await call('PUT', '/topics/nowhere/members/lost')).status).toBe(404)
  expect((await call('GET', '/recipients/lost')).status).toBe(404)
  for (const [method, path] of [
    ['GET', '/topics/nowhere/members'],
    ['DELETE', '/topics/nowhere/members/lost'],
    ['DELETE', '/topics/nowhere'],
  ] as const) {
    expect((await call(method, path)).status).toBe(404)
  }
})

it('are deleted with their memberships, not their members, and the audit log says so', async () => {
  await call('PUT', '/topics/short', { name: 'Short' })
  await call('PUT', '/topics/short/members/stays')
  expect((await call('DELETE', '/topics/short')).status).toBe(204)
  expect((await call('GET', '/topics/short')).status).toBe(404)
  expect((await call('GET', '/recipients/stays')).status).toBe(200)
  await call('PUT', '/topics/short', { name: 'Short again' })
  expect(await memberIds('short')).toEqual([])
  expect((await call('GET', '/audit')).body.items[0]).toMatchObject({
    action: 'topic.delete',
    subject: { id: 'short' },
    details: { before: { name: 'Short', members: 1 } },
  })
})

it('of another workspace are unknown', async () => {
  const { apiKey } = await platform.addWorkspace()
  await call('PUT', '/topics/private', { name: 'Private' })
  for (const [method, path] of [
    ['GET', '/topics/private'],
    ['DELETE', '/topics/private'],
    ['GET', '/topics/private/members'],
    ['PUT', '/topics/private/members/m1'],
  ] as const) {
    expect((await call(method, path, undefined, apiKey)).status).toBe(404)
  }
  expect((await call('GET', '/topics', undefined, apiKey)).body).toEqual({ items: [], nextCursor: null })
  expect((await call('GET', '/topics?limit=1')).body).toMatchObject({ items: [{ key: 'known-members' }], nextCursor: expect.any(String) })
})

it('are listed for one recipient by key, in pages, and only in their own workspace', async () => {
  for (const key of ['of-b', 'of-a', 'of-c']) {
    await call('PUT', `/topics/${key}`, { name: `Topic ${key}` })
    await call('PUT', `/topics/${key}/members/joiner`)
  }
  const first = await call('GET', '/recipients/joiner/topics?limit=2')
  expect(first.body).toMatchObject({ items: [{ key: 'of-a', name: 'Topic of-a', joinedAt: expect.any(String) }, { key: 'of-b' }] })
  const rest = await call('GET', `/recipients/joiner/topics?limit=2&cursor=${first.body.nextCursor}`)
  expect(rest.body).toMatchObject({ items: [{ key: 'of-c' }], nextCursor: null })
  const { apiKey } = await platform.addWorkspace()
  expect((await call('GET', '/recipients/joiner/topics', undefined, apiKey)).status).toBe(404)
})
