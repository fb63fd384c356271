// Finding anything by its id or name, in one workspace and within what the caller may read.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Found } from '#shared/contracts/find.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { eventually } from '../support/eventually.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'
import { createApiClient, type ApiClient } from '../support/api-client.ts'

let path: PathHarness
let app: App
let http: HttpHarness
let api: ApiClient
let eventId: string

const bell = { id: 'bell', type: 'channel', channel: 'in-app', template: { title: 'Hello', body: 'World' } }

beforeAll(async () => {
  path = await openPath()
  app = assembleApp({ ...path, close: () => Promise.resolve() })
  http = await serveRoutes(app, (file) => /v1.(find|events)/.test(file))
  api = createApiClient(http.url, path.apiKey)
  await path.addWorkflow('greeting', 'user.greeted', [bell])
  await path.pool.query("INSERT INTO recipient (workspace_id, id, email) VALUES ($1, 'ada', 'lovelace@example.com'), ($1, 'adam', NULL)", [
    path.workspaceId,
  ])
  const other = newUuid()
  await path.pool.query("INSERT INTO workspace (id, key, name) VALUES ($1, 'other', 'Other')", [other])
  await path.pool.query("INSERT INTO recipient (workspace_id, id, email) VALUES ($1, 'adele', 'lovelace@elsewhere.org')", [other])
  const accepted = await api.post<{ id: string }>('/events', { type: 'user.greeted', recipients: ['ada'], subject: 'repo/7', data: {} })
  eventId = accepted.body.id
  await eventually(async () => (await api.get<{ state: string }>(`/events/${eventId}`)).body.state === 'completed')
})

afterAll(async () => {
  await http.close()
  await app.close()
  await path.close()
})

const find = async (q: string): Promise<Found[]> => {
  const { status, body } = await api.get<{ items: Found[] }>(`/find?${new URLSearchParams({ q })}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body.items
}

test('an id of any kind, with or without its prefix, is one thing', async () => {
  expect(await find(eventId)).toEqual([{ kind: 'event', id: eventId, title: 'user.greeted', note: 'repo/7', eventId: null }])
  expect(await find(eventId.slice(4))).toMatchObject([{ kind: 'event', id: eventId }])
  const { rows } = await path.pool.query<{ id: string; delivery_id: string }>(
    'SELECT id, delivery_id FROM notification WHERE workspace_id = $1',
    [path.workspaceId],
  )
  const notification = publicId('notification', rows[0]!.id)
  expect(await find(notification)).toMatchObject([{ kind: 'notification', id: notification, eventId }])
  expect(await find(publicId('delivery', rows[0]!.delivery_id))).toMatchObject([{ kind: 'delivery', eventId }])
  expect(await find(publicId('event', newUuid()))).toEqual([])
})

test('names are found by how they begin, never in another workspace', async () => {
  expect((await find('ad')).map(({ kind, id }) => [kind, id])).toEqual([
    ['recipient', 'ada'],
    ['recipient', 'adam'],
  ])
  expect(await find('lovelace@')).toEqual([{ kind: 'recipient', id: 'ada', title: 'ada', note: 'lovelace@example.com', eventId: null }])
  expect(await find('greet')).toMatchObject([{ kind: 'workflow', id: 'greeting' }])
  expect(await find('email')).toMatchObject([{ kind: 'queue', id: 'delivery-email' }])
  expect(await find('100%_')).toEqual([])
})

test('a key that may not read recipients does not find them', async () => {
  await path.pool.query("UPDATE api_key SET scopes = '{events:read}' WHERE workspace_id = $1", [path.workspaceId])
  await eventually(async () => (await find('ad')).length === 0)
  expect(await find('email')).toEqual([])
  expect(await find(eventId)).toHaveLength(1)
})
