// Whatever comes, the answer is one that the operation declares, in the shape it declares, and never a 5xx.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCollector, type Collector } from '#services/live/index.ts'
import { operations } from '#shared/contracts/operations/index.ts'
import { responsesOf, type Operation } from '#shared/contracts/operations/operation.ts'
import { problemSchema } from '#shared/contracts/problem.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

const runs = 40
const seed = Number(process.env.FUZZ_SEED ?? 20_261_121)

let platform: TestPlatform
let app: App
let http: HttpHarness
let inboxToken: string
let collector: Collector
const page = new AbortController()
let watching: Promise<void>

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app)
  inboxToken = (await app.services.inbox.tokens.issue(platform.workspaceId, 'u1')).token
  // The topology is asked for while somebody looks: without a collector each answer comes after 2.5 s of patience, and is empty.
  collector = startCollector({ pool: platform.pool, url: platform.config.DATABASE_URL!, redis: platform.redis, log: platform.log })
  await new Promise<void>((begun) => {
    watching = watch(begun)
  })
})

/** A page that stays open. */
async function watch(onSnapshot: () => void): Promise<void> {
  for await (const frame of app.services.live.follow(platform.workspaceId, null, page.signal))
    if (frame.toString().startsWith('event: snapshot')) onSnapshot()
}

afterAll(async () => {
  page.abort()
  await watching
  await collector.close()
  await http.close()
  await app.close()
})

const nastyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '',
    '..',
    '%00',
    '\u0000',
    "'; DROP TABLE event; --",
    '__proto__',
    'constructor',
    'a'.repeat(3_000),
    '1e999',
    '-1',
    'null',
    '٣',
    '\ud83d',
  ),
)
const nastyValue = fc.oneof(
  nastyText,
  fc.double(),
  fc.integer(),
  fc.constantFrom(null, true, [], {}, [[]], Number.MAX_SAFE_INTEGER, -0),
  fc.jsonValue({ maxDepth: 3 }),
)

/** Objects with the field names that the operation knows, so that what is behind the first check is reached too. */
function bodyFor(op: Operation): fc.Arbitrary<unknown> {
  const shape =
    op.body && op.body !== 'raw' && 'shape' in op.body
      ? Object.keys((op.body as { shape: object }).shape)
      : ['type', 'recipients', 'data', 'events', 'reason', 'filter']
  const known = fc.record(Object.fromEntries(shape.map((name) => [name, nastyValue])), { requiredKeys: [] })
  return fc.oneof(
    { weight: 3, arbitrary: known },
    { weight: 1, arbitrary: nastyValue },
    { weight: 1, arbitrary: fc.dictionary(nastyText, nastyValue) },
  )
}

interface Shot {
  path: string
  query: [string, string][]
  body: unknown
  type: string
  key: string
}

function shotFor(op: Operation): fc.Arbitrary<Shot> {
  const names = [...op.path.matchAll(/\{(\w+)\}/g)]
  const path = fc.tuple(...names.map(() => nastyText)).map((values) => {
    let at = 0
    return op.path.replaceAll(/\{\w+\}/g, () => encodeURIComponent((values[at++] as string).toWellFormed()) || 'x')
  })
  const queryName = fc.oneof(fc.constantFrom('limit', 'cursor', ...Object.keys(op.query?.shape ?? {})), nastyText)
  return fc.record({
    path,
    query: fc.array(fc.tuple(queryName, nastyText), { maxLength: 4 }),
    body: bodyFor(op),
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constant('application/json') },
      fc.constantFrom('application/cloudevents+json', 'text/plain', 'application/json; charset=latin1'),
    ),
    key: fc.constantFrom('', 'order-1', 'x'.repeat(255), 'x'.repeat(256)),
  })
}

async function fire(op: Operation, shot: Shot): Promise<Response> {
  const query = shot.query
    .map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`)
    .join('&')
  const token = op.auth === 'recipient' ? inboxToken : platform.apiKey
  const sendsBody = op.method !== 'GET' && op.method !== 'DELETE'
  return fetch(`${http.url}${shot.path}${query ? `?${query}` : ''}`, {
    method: op.method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(sendsBody ? { 'content-type': shot.type } : {}),
      ...(shot.key ? { 'idempotency-key': shot.key } : {}),
    },
    ...(sendsBody ? { body: JSON.stringify(shot.body) ?? '' } : {}),
  })
}

/** What a stream says first; then the page is closed. */
async function firstOf(response: Response): Promise<string> {
  const reader = response.body!.getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return new TextDecoder().decode(value)
}

describe.each(operations.map((op) => [op.operationId, op] as const))('%s', (_, op) => {
  it('answers only what it declares', async () => {
    await fc.assert(
      fc.asyncProperty(shotFor(op), async (shot) => {
        const response = await fire(op, shot)
        const text = op.streams && response.ok ? await firstOf(response) : await response.text()
        expect(response.status, text).toBeLessThan(500)
        // Values that leave the path end at another route or at none.
        if (response.status !== 404 && response.status !== 405)
          expect(Object.keys(responsesOf(op)), text).toContain(String(response.status))
        if (response.status >= 400) problemSchema.parse(JSON.parse(text))
      }),
      { numRuns: runs, seed },
    )
  })
})
