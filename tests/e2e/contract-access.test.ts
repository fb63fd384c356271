// Who may do what, and what happens to everybody else: keys, scopes, limits, other workspaces, and requests that are none.
import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, test } from 'vitest'
import { operations } from '#shared/contracts/operations/index.ts'
import { takesBody, type Operation } from '#shared/contracts/operations/operation.ts'
import { operationsNotCalled } from '../support/checked-api.ts'
import { useProductWithReceiver } from '../support/contract-product.ts'
import { eventually } from '../support/eventually.ts'
import { addWorkspace } from '../support/other-workspace.ts'

const at = useProductWithReceiver()
const { api } = at

const none = '00000000000000000000000000000000'
/** What each kind of id begins with, so that it is one that could be. */
const prefixes: Record<string, string> = {
  events: 'evt_',
  deliveries: 'dlv_',
  endpoints: 'end_',
  'api-keys': 'key_',
  replays: 'rpl_',
  'dead-letters': 'dl_',
  notifications: 'ntf_',
  causes: 'cau_',
  discards: 'dsc_',
  jobs: 'evt_',
  'job-operations': 'jop_',
  operators: 'opr_',
  'saved-views': 'vw_',
  attachments: 'att_',
}
/** What an operation's `{id}` is the id of: 'jobs' in /queues/{name}/jobs/{id}. */
const kindOf = (op: Operation) => /([\w-]+)\/\{id\}/.exec(op.path)?.[1] ?? op.path.split('/')[3]!
const sampleOf = (op: Operation): Record<string, string> => ({
  key: op.path.includes('/providers/') ? 'email' : 'no-such-key',
  name: 'fan-out',
  recipientId: 'no-such-one',
  workspace: 'no-such-workspace',
  id: kindOf(op) === 'thresholds' ? 'no-such-threshold' : `${prefixes[kindOf(op)] ?? ''}${none}`,
})
const pathOf = (op: Operation, values = sampleOf(op)) =>
  op.path.replace('/api/v1', '').replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? none)
/** The filters without which an operation answers nothing. */
const neededFilters: Record<string, string> = {
  readSeries: 'name=accepted',
  find: 'q=x',
  searchDeadLetters: 'q=x',
  searchNotifications: 'q=x',
  search: 'q=x&kind=notification',
}
const byScope = operations.filter((op): op is Operation & { auth: { scope: string } } => typeof op.auth === 'object')
const named = <T extends Operation>(list: readonly T[]) => list.map((op) => [`${op.method} ${op.path}`, op] as const)
const as = (key: string) => ({ authorization: `Bearer ${key}` })
const makeKey = async (fields: object) => (await api('POST', '/api-keys', { name: 'made', scopes: ['events:read'], ...fields })).body

describe('without the right key', () => {
  let weak: string
  let weakForFiles: string

  beforeAll(async () => {
    weak = (await makeKey({ scopes: ['attachments'] })).secret
    weakForFiles = (await makeKey({ scopes: ['endpoints'] })).secret
  })

  test.each(named(byScope))('%s answers 401 and 403', async (_, op) => {
    for (const authorization of ['', 'Bearer', 'Basic YTpi', `Bearer sb_${'x'.repeat(40)}`, 'Bearer null']) {
      expect((await api(op.method, pathOf(op), undefined, { authorization })).status, authorization).toBe(401)
    }
    const refused = await api(op.method, pathOf(op), undefined, as(op.auth.scope === 'attachments' ? weakForFiles : weak))
    expect(refused.status).toBe(403)
    expect(refused.body.detail).toContain(op.auth.scope)
  })

  test('a key in the URL is none', async () => {
    expect((await api('GET', `/events?key=${at.product.apiKey}`, undefined, { authorization: '' })).status).toBe(401)
  })
})

describe('API keys', () => {
  test('are made, shown without their secret, changed and revoked', async () => {
    const made = await api('POST', '/api-keys', { name: 'billing', scopes: ['events:read', 'events:write'] })
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'billing', scopes: ['events:read', 'events:write'], rateLimit: null, secret: expect.stringMatching(/^sb_[\w-]{32,}$/) },
    })
    const { secret, id } = made.body
    expect(made.headers.get('location')).toBe(`/api/v1/api-keys/${id}`)
    for (const { body } of [await api('GET', `/api-keys/${id}`), await api('GET', '/api-keys')])
      expect(JSON.stringify(body)).not.toContain(secret)
    expect((await api('GET', '/events', undefined, as(secret))).status).toBe(200)
    await api('PATCH', `/api-keys/${id}`, { scopes: ['recipients'] })
    await eventually(async () => (await api('GET', '/events', undefined, as(secret))).status === 403)
    expect((await api('DELETE', `/api-keys/${id}`)).status).toBe(204)
    await eventually(async () => (await api('GET', '/recipients', undefined, as(secret))).status === 401)
    expect((await api('GET', `/api-keys/${id}`)).body.state).toBe('revoked')
    const { body: audit } = await api('GET', `/audit?subjectId=${id}`)
    expect(audit.items.map((entry: any) => entry.action)).toEqual(['api-key.revoke', 'api-key.update', 'api-key.create'])
  })

  test('end when they expire', async () => {
    const { secret } = await makeKey({ expiresAt: new Date(Date.now() + 3_000).toISOString() })
    await eventually(async () => (await api('GET', '/events', undefined, as(secret))).status === 401)
  })

  test('keep their rate limit', async () => {
    const { secret } = await makeKey({ scopes: ['events:write'], rateLimit: { perSecond: 2, burst: 3 } })
    const startedAt = performance.now()
    const answers = await Promise.all(Array.from({ length: 40 }, () => api('POST', '/events', { type: 'nobody.listens' }, as(secret))))
    const statuses = answers.map((answer) => answer.status)
    // A burst of 3 is a window of 2 s with 4 in it; how many windows they took is the machine's affair.
    const windows = Math.ceil((performance.now() - startedAt) / 2_000) + 1
    expect(statuses.filter((status) => status === 202).length).toBeGreaterThanOrEqual(3)
    expect(statuses.filter((status) => status === 202).length).toBeLessThanOrEqual(4 * windows)
    expect(new Set(statuses)).toEqual(new Set([202, 429]))
    await eventually(async () => (await api('POST', '/events', { type: 'nobody.listens' }, as(secret))).status === 202)
  })

  test('cannot be given more than their maker has', async () => {
    expect((await api('POST', '/api-keys', { name: 'x', scopes: ['root'] })).status).toBe(422)
    expect((await api('POST', '/api-keys', { name: 'x', scopes: [] })).status).toBe(422)
  })
})

describe('masking', () => {
  test('is a list of names of the workspace, for its admins to change, with a reason', async () => {
    expect((await api('GET', '/masking')).body).toMatchObject({ names: [], standard: expect.arrayContaining(['password', 'email']) })
    expect((await api('PUT', '/masking', { names: ['shoeSize'] })).status).toBe(422)
    expect((await api('PUT', '/masking', { names: ['a', 'A'], reason: 'twice' })).status).toBe(422)
    expect((await api('PUT', '/masking', { names: ['shoeSize'], reason: 'asked for' })).body.names).toEqual(['shoeSize'])
    expect((await api('GET', '/masking')).body.names).toEqual(['shoeSize'])
    const { secret } = await makeKey({ scopes: ['events:read', 'events:write'] })
    const { body } = await api('POST', '/events', { type: 'nobody.listens', data: { shoeSize: 44 } })
    // What a program has sent, its key reads.
    expect((await api('GET', `/events/${body.id}`, undefined, as(secret))).body.data).toEqual({ shoeSize: 44 })
  })
})

describe("another workspace's", () => {
  test('things do not exist', async () => {
    const { apiKey: other } = await addWorkspace(at.product)
    at.receiver.answer(404)
    const { body: endpoint } = await api('POST', '/endpoints', { url: at.receiver.url, eventTypes: ['pull_request.opened', 'given.up'] })
    const { body: accepted } = await api('POST', '/events', {
      type: 'pull_request.opened',
      recipients: [{ id: 'mine', email: 'mine@example.com' }],
      audience: 'x',
    })
    const event = await eventually(async () => {
      const { body } = await api('GET', `/events/${accepted.id}`)
      return body.state === 'completed' && body
    })
    await api('PUT', '/topics/mine', { name: 'Mine' })
    await api('PUT', '/topics/mine/members/mine')
    const letter = (await api('GET', '/dead-letters')).body.items[0]
    await api('POST', '/events', { type: 'given.up' })
    await eventually(async () => (await api('GET', '/dead-letters?q=given.up')).body.items.length === 1)
    const { body: discard } = await api('POST', '/dead-letters/discard', { filter: { q: 'given.up' }, reason: 'x' })
    const later = { type: 'nobody.listens', scheduledAt: new Date(Date.now() + 3_600_000).toISOString() }
    const [job, removed] = [(await api('POST', '/events', later)).body, (await api('POST', '/events', later)).body]
    const { body: operation } = await api('POST', '/queues/fan-out/job-operations', {
      action: 'remove',
      filter: { state: 'delayed', q: removed.id },
      reason: 'x',
      confirmCount: 1,
    })
    const { body: view } = await api('POST', '/saved-views', { page: 'events', name: 'Mine', query: {} })
    const operator = (await api('GET', '/operators')).body.items[0]
    const { body: file } = await api('POST', '/attachments', { filename: 'a.txt', contentType: 'text/plain', size: 1 })
    const { body: replay } = await api('POST', '/replays', { filter: {}, reason: 'to be seen by nobody else' })
    const mail = (await api('GET', '/mailbox?to=mine@example.com')).body.items[0]
    const key = (await api('GET', '/api-keys')).body.items[0]
    const ids: Record<string, string> = {
      events: event.id,
      notifications: event.notifications[0].id,
      deliveries: event.deliveries[0].id,
      endpoints: endpoint.id,
      'dead-letters': letter.id,
      replays: replay.id,
      mailbox: mail.id,
      'api-keys': key.id,
      recipients: 'mine',
      causes: letter.causeId,
      discards: discard.id,
      jobs: job.id,
      'job-operations': operation.id,
      operators: operator.id,
      'saved-views': view.id,
      attachments: file.id,
    }
    const patch = [{ op: 'add', path: '/x', value: 1 }]
    const bodies: Record<string, unknown> = {
      resendDelivery: { reason: 'x' },
      replayDeadLetter: { reason: 'x' },
      editDeadLetter: { data: {}, reason: 'x' },
      updateEndpoint: { description: 'x' },
      updateApiKey: { name: 'x' },
      previewWorkflow: {},
      testWorkflow: { recipient: 'mine' },
      previewPatch: { patch },
      undoDiscard: { reason: 'x' },
      resumeReplay: { reason: 'x' },
      retryJob: { reason: 'x' },
      removeJob: { reason: 'x' },
      abortJobOperation: { reason: 'x' },
      updateOperator: { name: 'x', reason: 'x' },
      putMembership: { role: 'viewer', reason: 'x' },
      disableOperator: { reason: 'x' },
      enableOperator: { reason: 'x' },
      resetPassword: { reason: 'x' },
      completeAttachment: {},
    }
    // What belongs to the instance is nobody's but its owners'.
    const ofInstance = (op: Operation) => typeof op.auth === 'object' && 'instance' in op.auth && op.auth.instance === true
    const [shared, own] = [byScope.filter(ofInstance), byScope.filter((op) => !ofInstance(op))]
    for (const op of shared) expect((await api(op.method, pathOf(op), undefined, as(other))).status, op.operationId).toBe(403)
    // What a client names itself is another thing in another workspace; a token for a name of one's own is one's own.
    const namedByClient = (op: Operation) => op.method === 'PUT' && op.operationId !== 'putMembership'
    // Queues have names that everybody may know; what stands in them is somebody's.
    const seen = own.filter(
      (op) => op.params && !namedByClient(op) && !/\/queues\/\{name\}(?!.*\{id\})/.test(op.path) && op.operationId !== 'issueInboxToken',
    )
    for (const op of seen) {
      const kind = kindOf(op)
      const path = pathOf(op, {
        name: 'fan-out',
        id: ids[kind]!,
        key: kind === 'topics' ? 'mine' : 'welcome',
        recipientId: 'mine',
        workspace: operator.workspaces[0].key,
      })
      const answer = await api(op.method, path, bodies[op.operationId], as(other))
      expect(answer.status, `${op.operationId} ${path}`).toBe(404)
    }
    for (const op of own.filter(
      (each) =>
        each.method === 'GET' && !each.params && !each.streams && !/queues|workers|api-keys|workflows|thresholds|providers/.test(each.path),
    )) {
      const { status, body } = await api('GET', `${pathOf(op)}?${neededFilters[op.operationId] ?? ''}`, undefined, as(other))
      if (op.operationId !== 'explain') expect(status, op.operationId).toBe(200)
      if (body.items) expect(body.items, op.operationId).toEqual([])
    }
    for (const list of ['jobs?state=delayed', 'job-operations'])
      expect((await api('GET', `/queues/fan-out/${list}`, undefined, as(other))).body.items, list).toEqual([])
    for (const [kind, id] of Object.entries(ids)) {
      const found = (await api('GET', `/find?q=${id}`, undefined, as(other))).body.items as { kind: string }[]
      // The field guide is everybody's.
      expect(
        found.filter((item) => item.kind !== 'article'),
        kind,
      ).toEqual([])
    }
    expect((await api('GET', '/dead-letters/counts', undefined, as(other))).body).toEqual({
      open: 0,
      replayed: 0,
      discarded: 0,
      causes: 0,
      queues: {},
    })
    expect((await api('GET', '/dead-letters/export?format=json', undefined, as(other))).body).toEqual([])
    expect((await api('GET', '/ledger', undefined, as(other))).body).toMatchObject({ events: { accepted: 0 }, deliveries: { created: 0 } })
    expect((await api('POST', '/dead-letters/discard', { filter: {}, reason: 'x' }, as(other))).body).toEqual({
      discarded: 0,
      id: null,
    })
    expect((await api('PUT', '/recipients/mine', { email: 'other@example.com' }, as(other))).status).toBe(201)
    expect((await api('GET', '/recipients/mine')).body.email).toBe('mine@example.com')
    const { token } = (await api('POST', '/recipients/mine/inbox-token', {}, as(other))).body
    expect((await api('GET', '/inbox', undefined, as(token))).body.items).toEqual([])
    at.receiver.answer(200)
  })
})

describe('a request that is none', () => {
  const writing = byScope.filter(takesBody)

  test.each(named(writing))('%s tells media types, JSON and sizes apart', async (_, op) => {
    const send = (body: string, headers: Record<string, string>) => api(op.method, pathOf(op), body, headers)
    expect((await send('a=b', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await send('{}', { 'content-type': 'application/json; charset=latin1' })).status).toBe(415)
    expect((await send('{"a":', { 'content-type': 'application/json' })).status).toBe(400)
    expect((await send('[]', { 'content-type': 'application/json' })).status).toBe(422)
    expect((await send('{"noSuchField":1}', { 'content-type': 'application/json' })).body).toMatchObject({
      status: 422,
      errors: expect.any(Array),
    })
    expect((await send(`{"text":"${'x'.repeat(5 * 1024 * 1024)}"}`, { 'content-type': 'application/json' })).status).toBe(413)
  })

  test.each(named(byScope.filter((op) => op.query)))('%s refuses a filter that it does not know', async (_, op) => {
    const answer = await api('GET', `${pathOf(op)}?${neededFilters[op.operationId] ?? ''}&noSuchFilter=1`)
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'noSuchFilter' }] } })
  })

  test('is told in words what is wrong with it', async () => {
    const event = await api('POST', '/events', { recipients: [7] })
    expect(event.body.errors).toContainEqual({ path: '/type', message: 'is missing' })
    expect(event.body.errors.map(({ path }: { path: string }) => path)).toContain('/recipients/0')
    const endpoint = await api('POST', '/endpoints', { url: 'https://example.com', eventTypes: [] })
    expect(endpoint.body.errors).toEqual([{ path: '/eventTypes', message: 'must have at least 1 entry' }])
  })

  test('has another method', async () => {
    const paths = new Map<string, Set<string>>()
    for (const op of operations.filter((each) => each.path.startsWith('/api')))
      paths.set(pathOf(op), (paths.get(pathOf(op)) ?? new Set()).add(op.method))
    const patterns = operations.map((op) => ({
      method: op.method,
      pattern: new RegExp(`^${op.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }))
    for (const [path, methods] of paths) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !methods.has(one))) {
        const answer = await api(method, path)
        // Some fixed paths are ids to another operation: GET /recipients/batch.
        if (patterns.some((one) => one.method === method && one.pattern.test(`/api/v1${path}`))) {
          expect(answer.status, `${method} ${path}`).toBeOneOf([404, 415])
          continue
        }
        expect(answer.status, `${method} ${path}`).toBe(405)
        expect(answer.headers.get('allow')!.split(', '), `${method} ${path}`).toEqual(expect.arrayContaining([...methods]))
      }
    }
  })

  test.each([
    '//api',
    '//api/',
    '//api/v1',
    '//api/v2/events',
    '/nothing',
    '/events/',
    '//api/v1//events',
    '/events/x/y/z',
    '/session',
    '/session/nothing',
    '/events.json',
  ])('%s is answered as a problem, never HTML', async (path) => {
    for (const method of ['GET', 'POST', 'OPTIONS'])
      expect((await api(method, path, undefined, { accept: 'text/html' })).status, method).toBeLessThan(500)
    const answer = await api('GET', path, undefined, { accept: 'text/html' })
    // A session is an operator's: no key opens it.
    if (path === '/session') expect(answer.status).toBe(401)
    else if (path !== '/events/') expect(answer.status).toBe(404)
  })

  test('ids that are none are not found, whatever they hold', async () => {
    for (const id of ['x', '%00', '%ff', '%c0%af', "'%20OR%201=1--", 'evt_'.repeat(400), `dlv_${none}`]) {
      for (const kind of [
        'events',
        'notifications',
        'deliveries',
        'dead-letters',
        'replays',
        'endpoints',
        'api-keys',
        'mailbox',
        'queues',
        'workflows',
        'topics',
      ]) {
        if (kind === 'deliveries' && id.startsWith('dlv_')) continue
        expect((await api('GET', `/${kind}/${id}`)).status, `${kind}/${id}`).toBeOneOf([404, 400])
      }
    }
  })
})

describe('outside the API', () => {
  test('the document is valid and names every operation', async () => {
    const { body } = await api('GET', '//openapi.json')
    expect(body.openapi).toMatch(/^3\.1/)
    expect((await new Validator().validate(structuredClone(body))).errors).toBeUndefined()
    expect(body.servers).toEqual([{ url: '/' }])
    const documented = Object.entries<object>(body.paths).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((key) => key !== 'parameters')
        .map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(documented.sort()).toEqual(operations.map((op) => `${op.method} ${op.path}`).sort())
  })

  test('health, readiness and metrics answer', async () => {
    expect((await api('GET', '//healthz')).body).toEqual({ status: 'ok' })
    expect((await api('GET', '//readyz')).status).toBe(200)
    const { body, headers } = await api('GET', '//metrics')
    expect(headers.get('content-type')).toMatch(/^text\/plain/)
    expect(body).toMatch(/^# HELP /m)
    for (const secret of [at.product.apiKey, 'mine@example.com']) expect(body).not.toContain(secret)
  })

  test.each(['//', '//docs'])('%s is a page of our own, that nothing can be put into', async (path) => {
    const { status, body, headers } = await at.product.api('GET', path, undefined, { authorization: '' })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^text\/html/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/script-src[^;]*'unsafe-inline'/)
    expect(body).not.toMatch(/(?:src|href)="(?:https?:)?\/\/(?!localhost|127\.)[^"]*\.(?:js|css|woff2?|png|svg)"/)
  })

  test('logs hold neither keys nor addresses', async () => {
    const logs = at.product.output()
    expect(logs).not.toContain('mine@example.com')
    expect(logs).not.toContain(at.product.apiKey)
  })
})

test('every operation on keys was called', () => {
  expect(operationsNotCalled(/api-keys|audit|masking|healthz|readyz|metrics|openapi/)).toEqual([])
})
