// Whoever knows an id of another workspace reaches nothing with it: every operation that takes an id, generated from the list, called
// with a whole and valid request by a key that may do everything in its own workspace.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Pool } from '#platform/postgres/index.ts'
import { operations } from '#shared/contracts/operations/index.ts'
import type { Operation } from '#shared/contracts/operations/operation.ts'
import { buildOpenApi } from '../../server/openapi/build-document.ts'
import type { OpenApiDocument } from '../../server/openapi/document.ts'
import { exampleOf } from '../../server/openapi/example-of.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiCall } from '../support/api-client.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { addOneOfEach, pathWith } from '../support/one-of-each.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let api: ApiCall
let things: Record<string, string>
let otherKey: string

/** Operations on what a workspace has of its own; what belongs to the instance is for its owners alone, whatever the workspace. */
const named = operations.filter((op) => op.path.includes('{') && typeof op.auth === 'object' && op.auth.instance !== true)

/** These go by names that each workspace gives itself: the other one makes its own thing of this name, or asks about its own. */
const byOwnName = new Set([
  ...[
    'putRecipient',
    'putPreferences',
    'putTopic',
    'addTopicMember',
    'putWorkflow',
    'issueInboxToken',
    'listRecipientTopics',
    'previewWorkflow',
  ],
  // Queues are everybody's; what is listed there is the workspace's own.
  ...['getQueue', 'listLanes', 'listJobs', 'previewJobOperation', 'startJobOperation', 'listJobOperations'],
])

const reason = 'somebody else asks'
/** Where the document's example is only the shape. */
const bodies: Record<string, unknown> = {
  putMembership: { role: 'viewer', reason },
  previewPatch: { patch: [{ op: 'add', path: '/x', value: 1 }] },
  editDeadLetter: { content: { subject: 'S', text: 'x' }, reason },
  putWorkflow: {
    name: 'W',
    eventType: 'a.b',
    steps: [{ id: 'bell', type: 'channel', channel: 'in-app', template: { title: 'Hi', body: 'x' } }],
  },
}

const document = JSON.parse(JSON.stringify(buildOpenApi(operations, '1.2.3'))) as OpenApiDocument

function bodyOf(op: Operation): unknown {
  if (op.body === undefined || op.body === 'raw') return undefined
  const media = Object.values(document.paths[op.path]![op.method.toLowerCase()]!.requestBody!.content)[0]!
  const example = Object.values(media.examples ?? {})[0]?.value ?? exampleOf(document, media.schema!)
  const body = bodies[op.operationId] ?? example
  expect(op.body.safeParse(body).error?.issues ?? [], `the body for ${op.operationId}`).toEqual([])
  return body
}

beforeAll(async () => {
  platform = await openTestPlatform({ environment: { SIGNALBOX_MAIL_CATCHER: '1' } })
  app = assembleApp(platform)
  http = await serveRoutes(app)
  api = createApiClient(http.url, platform.apiKey).call
  things = await addOneOfEach(platform.pool, platform.workspaceId, api)
  const other = await platform.addWorkspace()
  otherKey = other.apiKey
  await platform.pool.query('UPDATE api_key SET instance = false WHERE workspace_id = $1', [other.workspaceId])
})

afterAll(async () => {
  await http.close()
  await app.close()
})

/** Every row of the workspace, each table as one hash. */
async function rowsOf(pool: Pool, workspaceId: string): Promise<Record<string, string>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name = 'workspace_id' ORDER BY table_name`,
  )
  const parts = tables.map(({ name }) => {
    // When a key was used last is noted a while later.
    const row = name === 'api_key' ? "to_jsonb(t) - 'last_used_at'" : 'to_jsonb(t)'
    return `SELECT '${name}' AS name, md5(coalesce(string_agg((${row})::text, '' ORDER BY (${row})::text), '')) AS hash FROM "${name}" t WHERE t.workspace_id = $1`
  })
  const { rows } = await pool.query<{ name: string; hash: string }>(parts.join(' UNION ALL '), [workspaceId])
  const { rows: people } = await pool.query<{ hash: string }>("SELECT md5(string_agg(o::text, '' ORDER BY id)) AS hash FROM operator o")
  return { ...Object.fromEntries(rows.map(({ name, hash }) => [name, hash])), operator: people[0]!.hash }
}

// First of all: below, the other workspace gets things of its own.
describe('what another workspace is shown', () => {
  const lists = operations.filter(
    (op) =>
      op.method === 'GET' && !op.path.includes('{') && typeof op.auth === 'object' && op.auth.instance !== true && op.streams !== true,
  )
  /** Where something has to be asked for. */
  const queries: Record<string, string> = {
    search: 'kind=dead-letter&q=x',
    searchNotifications: 'q=hi',
    searchDeadLetters: 'q=x',
    find: 'q=a.b',
    explain: 'recipient=u1',
    readSeries: 'name=accepted',
  }
  /** The export is no JSON: every answer is looked through as text. */
  async function read(op: Operation, key: string): Promise<{ status: number; shown: string[] }> {
    const query = queries[op.operationId]
    const response = await fetch(`${http.url}${op.path}${query ? `?${query}` : ''}`, { headers: { authorization: `Bearer ${key}` } })
    const text = await response.text()
    return { status: response.status, shown: Object.values(things).filter((id) => id.length > 20 && text.includes(id)) }
  }

  it.each(lists.map((op) => [op.path, op] as const))('%s has nothing of this one', async (_, op) => {
    const { status, shown } = await read(op, otherKey)
    expect(shown).toEqual([])
    expect(status).toBe(200)
  })

  it('would be seen: to its own key many of them show something', async () => {
    const showing: string[] = []
    for (const op of lists) if ((await read(op, platform.apiKey)).shown.length > 0) showing.push(op.operationId)
    expect(showing).toEqual(
      expect.arrayContaining([
        ...['listEvents', 'listNotifications', 'listDeliveries', 'listDeadLetters', 'exportDeadLetters', 'listCauses', 'listDiscards'],
        ...['listReplays', 'listAttachments', 'listEndpoints', 'listApiKeys', 'listOperators', 'listSavedViews', 'listMail', 'explain'],
      ]),
    )
  })
})

describe("another workspace's id", () => {
  it('is known to this test for every operation that takes one', () => {
    expect(named.filter((op) => pathWith(things, op) === undefined).map((op) => `${op.method} ${op.path}`)).toEqual([])
  })

  // PUT last: from then on the other workspace has things of these names.
  const inOrder = named.toSorted((a, b) => Number(a.method === 'PUT') - Number(b.method === 'PUT'))
  it.each(inOrder.map((op) => [`${op.method} ${op.path}`, op] as const))('%s', async (_, op) => {
    const before = await rowsOf(platform.pool, platform.workspaceId)
    const answer = await api(op.method, pathWith(things, op)!, bodyOf(op), otherKey)
    expect(await rowsOf(platform.pool, platform.workspaceId)).toEqual(before)
    if (byOwnName.has(op.operationId)) expect(JSON.stringify(answer.body ?? null)).not.toContain(things.events)
    else expect(answer.status, JSON.stringify(answer.body)).toBe(404)
  })
})

// So that a 404 above says something: with the workspace's own key the same requests meet the same things.
describe('the same by its own key', () => {
  // There is no picture of a text, and a file that nobody uploaded has no bytes.
  const absent = new Set(['getAttachmentThumbnail', 'getAttachmentContent', 'getPublishedWorkflow'])
  const ends = (op: Operation): number => Number(op.method === 'DELETE' || op.operationId === 'cancelEvent')
  const deep = (op: Operation): number => op.path.split('{').length
  const inOrder = named.filter((op) => !absent.has(op.operationId)).toSorted((a, b) => ends(a) - ends(b) || deep(b) - deep(a))
  it.each(inOrder.map((op) => [`${op.method} ${op.path}`, op] as const))('%s', async (_, op) => {
    const answer = await api(op.method, pathWith(things, op)!, bodyOf(op))
    expect(answer.status, JSON.stringify(answer.body)).not.toBe(404)
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500)
  })
})
