// Workflows from outside: a draft that changes, versions that do not, previews, and nobody else's.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AuditEntry } from '#shared/contracts/audit.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { Problem } from '#shared/contracts/problem.ts'
import type { Preview, WorkflowView } from '#shared/contracts/workflow.ts'
import { loadPublished } from '#services/workflows/index.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { eventually } from '../support/eventually.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app)
})

afterAll(async () => {
  await http.close()
  await app.close()
})

beforeEach(() => platform.pool.query('DELETE FROM workflow'))

async function call<T>(method: string, path: string, body?: unknown, secret = platform.apiKey) {
  const response = await fetch(`${http.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: (text === '' ? undefined : JSON.parse(text)) as T & Problem }
}

const mail = {
  id: 'mail',
  type: 'channel',
  channel: 'email',
  template: { subject: '{{ data.title }}', html: '<p>{{ data.title }}</p>', text: 'Hello {{ recipient.id }} of {{ workspace.name }}' },
}
const bell = {
  id: 'bell',
  type: 'channel',
  channel: 'in-app',
  template: { title: '{{ data.title }}', body: '{{ event.type }}', url: '{{ data.url }}' },
}
const opened = { name: 'Pull request opened', eventType: 'pull_request.opened', steps: [mail, bell] }

const put = (key: string, body: unknown = opened, secret?: string) => call<WorkflowView>('PUT', `/workflows/${key}`, body, secret)
const publish = (key: string) => call<WorkflowView>('POST', `/workflows/${key}/publish`)

async function revision(): Promise<number> {
  const { rows } = await platform.pool.query<{ revision: number }>('SELECT config_revision AS revision FROM workspace WHERE id = $1', [
    platform.workspaceId,
  ])
  return rows[0]!.revision
}

describe('a draft', () => {
  it('is made by the first PUT and grows a version with every other', async () => {
    const made = await put('opened')
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ key: 'opened', ...opened, critical: false, email: {}, draftVersion: 1, publishedVersion: null })
    const changed = await put('opened', { ...opened, name: 'Opened', critical: true, email: { from: 'Acme <hello@example.com>' } })
    expect(changed.status).toBe(200)
    expect(changed.body).toMatchObject({ name: 'Opened', critical: true, email: { from: 'Acme <hello@example.com>' }, draftVersion: 2 })
    expect((await call<WorkflowView>('GET', '/workflows/opened')).body).toEqual(changed.body)
  })

  it('survives several first PUTs at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => put('race')))
    expect(answers.map((answer) => answer.status).sort()).toEqual([...Array.from({ length: 7 }, () => 200), 201])
    expect((await call<WorkflowView>('GET', '/workflows/race')).body.draftVersion).toBe(8)
  })

  it('is not saved over what somebody else has saved meanwhile, and everything that was saved stands in the audit', async () => {
    expect((await put('opened', { ...opened, expectedDraftVersion: 1 })).status).toBe(409)
    expect((await put('opened', { ...opened, expectedDraftVersion: 0 })).status).toBe(201)
    expect((await put('opened', { ...opened, expectedDraftVersion: 0 })).status).toBe(409)
    const theirs = {
      ...opened,
      steps: [mail, { ...bell, template: { title: 'Theirs', body: 'x' } }],
      expectedDraftVersion: 1,
      reason: 'kinder',
    }
    expect((await put('opened', theirs)).body).toMatchObject({ draftVersion: 2, name: opened.name })
    const late = await put('opened', { ...opened, name: 'Mine', expectedDraftVersion: 1 })
    expect([late.status, late.body.detail]).toEqual([409, 'The draft is version 2 now, not 1.'])
    expect((await call('POST', '/workflows/opened/publish', { expectedDraftVersion: 1 })).status).toBe(409)
    expect((await call<WorkflowView>('GET', '/workflows/opened')).body).toMatchObject({ name: opened.name, publishedVersion: null })
    const { body: audit } = await call<Page<AuditEntry>>('GET', '/audit?action=workflow.save&subjectId=opened')
    expect(audit.items.map(({ reason, details }) => ({ reason, details })).slice(0, 2)).toEqual([
      {
        reason: 'kinder',
        details: {
          before: {
            draftVersion: 1,
            '/steps/1/template/title': '{{ data.title }}',
            '/steps/1/template/body': '{{ event.type }}',
            '/steps/1/template/url': '{{ data.url }}',
          },
          after: { draftVersion: 2, '/steps/1/template/title': 'Theirs', '/steps/1/template/body': 'x' },
          places: 3,
        },
      },
      { reason: null, details: { after: { name: opened.name, eventType: opened.eventType, draftVersion: 1 } } },
    ])
  })

  it('that several save at once from the same version is saved by one of them', async () => {
    await put('opened')
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => put('opened', { ...opened, name: `No ${n}`, expectedDraftVersion: 1 })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409])
    const saved = answers.find(({ status }) => status === 200)!.body
    expect((await call<WorkflowView>('GET', '/workflows/opened')).body).toEqual(saved)
  })

  it('is refused with the path and line of every template that cannot be read', async () => {
    const { status, body } = await put('bad', {
      ...opened,
      steps: [
        { ...mail, template: { subject: '{{ data.title', html: '<p>\n{% if %}</p>', text: '{{ x | nope }}' } },
        { ...bell, template: { title: '{% include "x" %}' } },
      ],
    })
    expect(status).toBe(422)
    expect(body.errors).toEqual([
      { path: '/steps/0/template/subject', message: 'line 1: output "{{ data.title" not closed' },
      { path: '/steps/0/template/html', message: expect.stringMatching(/^line 2: /) },
      { path: '/steps/0/template/text', message: 'line 1: undefined filter: nope' },
      { path: '/steps/1/template/title', message: 'line 1: tag "include" not found' },
    ])
    expect((await call('GET', '/workflows/bad')).status).toBe(404)
  })

  it.each([
    ['an unknown field', { ...opened, colour: 'red' }, '/colour'],
    ['no step', { ...opened, steps: [] }, '/steps'],
    ['a step id twice', { ...opened, steps: [mail, { ...bell, id: 'mail' }] }, '/steps/1/id'],
    ['a channel that does not exist', { ...opened, steps: [{ ...mail, channel: 'pigeon' }] }, '/steps/0/channel'],
    ['a mail without a body', { ...opened, steps: [{ ...mail, template: { subject: 'x' } }] }, '/steps/0/template'],
    ['an event type with blanks', { ...opened, eventType: 'a b' }, '/eventType'],
    ['a sender that would make a header', { ...opened, email: { from: 'Acme <a@b.c>\r\nBcc: x@y.z' } }, '/email/from'],
    ['a sender that is no address', { ...opened, email: { replyTo: 'nobody' } }, '/email/replyTo'],
  ])('is refused with %s', async (_, body, path) => {
    const answer = await put('bad', body)
    expect(answer.status).toBe(422)
    expect(answer.body.errors?.map((error) => error.path)).toContain(path)
  })

  it('needs a key that can stand in a path', async () => {
    for (const key of ['Upper', '-x', 'a.b', 'x'.repeat(65)]) expect((await put(key)).status).toBe(422)
  })
})

describe('publishing', () => {
  it('freezes the draft as it is, and tells every cache', async () => {
    await put('opened')
    const before = await revision()
    expect((await publish('opened')).body).toMatchObject({ draftVersion: 1, publishedVersion: 1 })
    expect(await revision()).toBe(before + 1)
    await put('opened', { ...opened, name: 'Draft of tomorrow', eventType: 'pull_request.closed' })
    expect(await revision()).toBe(before + 1)
    expect(await loadPublished(platform.pool, platform.workspaceId)).toEqual([
      {
        id: expect.any(String),
        key: 'opened',
        version: 1,
        name: opened.name,
        eventType: opened.eventType,
        critical: false,
        email: {},
        steps: [mail, bell].map(({ id, channel, template }) => ({ id, channel, template })),
      },
    ])
    expect((await publish('opened')).body).toMatchObject({ draftVersion: 2, publishedVersion: 2 })
    expect(await loadPublished(platform.pool, platform.workspaceId)).toMatchObject([{ version: 2, eventType: 'pull_request.closed' }])
  })

  it('several times at once makes one version', async () => {
    await put('opened')
    const before = await revision()
    // All of them have begun before any can go on.
    const gate = await platform.pool.connect()
    await gate.query('BEGIN')
    await gate.query('SELECT FROM workflow FOR UPDATE')
    const publishing = Array.from({ length: 3 }, () => publish('opened'))
    await eventually(async () => {
      const { rows } = await platform.pool.query(
        "SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      )
      return rows[0].waiting === 3
    })
    await gate.query('COMMIT')
    gate.release()
    const answers = await Promise.all(publishing)
    expect(answers.map((answer) => [answer.status, answer.body.publishedVersion])).toEqual(answers.map(() => [200, 1]))
    expect(await revision()).toBe(before + 1)
  })

  it('can be read as it was published, whatever the draft has become', async () => {
    await put('opened')
    expect((await call('GET', '/workflows/opened/published')).status).toBe(409)
    await publish('opened')
    await put('opened', { ...opened, name: 'Draft of tomorrow', steps: [bell] })
    expect((await call('GET', '/workflows/opened/published')).body).toEqual({
      key: 'opened',
      ...opened,
      critical: false,
      email: {},
      version: 1,
      publishedAt: expect.any(String),
    })
  })

  it('of what is published already changes nothing', async () => {
    await put('opened')
    const first = await publish('opened')
    const before = await revision()
    const again = await Promise.all(Array.from({ length: 4 }, () => publish('opened')))
    for (const answer of again) expect(answer).toMatchObject({ status: 200, body: first.body })
    expect(await revision()).toBe(before)
  })

  it('ends with the workflow, for events too', async () => {
    await put('opened')
    await publish('opened')
    const before = await revision()
    const answers = await Promise.all([call('DELETE', '/workflows/opened'), call('DELETE', '/workflows/opened')])
    expect(answers.map((answer) => answer.status).sort()).toEqual([204, 404])
    expect(await revision()).toBe(before + 1)
    expect(await loadPublished(platform.pool, platform.workspaceId)).toEqual([])
    expect((await put('opened')).body).toMatchObject({ draftVersion: 1, publishedVersion: null })
  })
})

describe('a preview', () => {
  const input = { data: { title: 'A & B', url: 'javascript:alert(1)' }, recipient: { id: 'ada' } }

  it('says what each step would say, without sending', async () => {
    await put('opened')
    const { status, body } = await call<Preview>('POST', '/workflows/opened/preview', input)
    expect(status).toBe(200)
    expect(body).toEqual({
      version: 1,
      steps: [
        { id: 'mail', channel: 'email', content: { subject: 'A & B', html: '<p>A &amp; B</p>', text: 'Hello ada of Test' }, error: null },
        { id: 'bell', channel: 'in-app', content: { title: 'A & B', body: 'pull_request.opened', url: null }, error: null },
      ],
    })
    const { rows } = await platform.pool.query('SELECT count(*) AS count FROM event')
    expect(rows[0].count).toBe(0)
  })

  it('takes the published version where that is asked for', async () => {
    await put('opened')
    expect((await call('POST', '/workflows/opened/preview', { ...input, version: 'published' })).status).toBe(409)
    await publish('opened')
    await put('opened', { ...opened, steps: [bell] })
    expect((await call<Preview>('POST', '/workflows/opened/preview', { ...input, version: 'published' })).body).toMatchObject({
      version: 1,
      steps: [{ id: 'mail' }, { id: 'bell' }],
    })
    expect((await call<Preview>('POST', '/workflows/opened/preview', input)).body).toMatchObject({ version: 2, steps: [{ id: 'bell' }] })
  })

  it('of steps that were not saved says what they would, or where they cannot be read', async () => {
    await put('opened')
    const steps = [{ ...bell, template: { title: 'New: {{ data.title }}' } }]
    expect((await call<Preview>('POST', '/workflows/opened/preview', { ...input, steps })).body).toMatchObject({
      version: 1,
      steps: [{ id: 'bell', content: { title: 'New: A & B' } }],
    })
    const wrong = await call('POST', '/workflows/opened/preview', { ...input, steps: [{ ...bell, template: { title: '{{ data' } }] })
    expect([wrong.status, wrong.body.errors]).toEqual([
      422,
      [{ path: '/steps/0/template/title', message: expect.stringMatching(/^line 1: /) }],
    ])
    expect((await call<WorkflowView>('GET', '/workflows/opened')).body).toMatchObject({ draftVersion: 1, steps: [mail, bell] })
  })

  it('says why a step cannot be rendered, beside those that can', async () => {
    await put('opened', {
      ...opened,
      steps: [{ ...mail, template: { subject: '{{ data.title }}', text: '{% for i in (1..data.many) %}{% endfor %}' } }, bell],
    })
    const { body } = await call<Preview>('POST', '/workflows/opened/preview', { data: { title: 'T', many: 1_000_000_000 } })
    expect(body.steps).toMatchObject([
      { content: null, error: { code: 'template-too-large' } },
      { content: { title: 'T' }, error: null },
    ])
  })
})

describe('a test', () => {
  it('is a real event to one recipient, once something is published', async () => {
    await put('opened')
    const request = { recipient: { id: 'ada', email: 'ada@example.com' }, data: { title: 'T' } }
    expect((await call('POST', '/workflows/opened/test', request)).status).toBe(409)
    await publish('opened')
    const { status, body } = await call<{ id: string }>('POST', '/workflows/opened/test', request)
    expect([status, body]).toMatchObject([202, { status: 'accepted' }])
    const { rows } = await platform.pool.query(
      "SELECT type, source, recipients::jsonb AS recipients FROM event WHERE source = 'workflow-test'",
    )
    expect(rows).toEqual([{ type: 'pull_request.opened', source: 'workflow-test', recipients: [request.recipient] }])
  })
})

describe('lists and strangers', () => {
  it('pages by key and filters by event type', async () => {
    for (const key of ['c', 'a', 'b']) await put(key, { ...opened, eventType: key === 'b' ? 'other' : opened.eventType })
    const first = await call<Page<WorkflowView>>('GET', '/workflows?limit=2')
    expect(first.body.items.map((item) => item.key)).toEqual(['a', 'b'])
    const second = await call<Page<WorkflowView>>('GET', `/workflows?limit=2&cursor=${first.body.nextCursor}`)
    expect(second.body).toMatchObject({ items: [{ key: 'c' }], nextCursor: null })
    expect((await call<Page<WorkflowView>>('GET', '/workflows?eventType=other')).body.items.map((item) => item.key)).toEqual(['b'])
    expect((await call('GET', '/workflows?cursor=!')).status).toBe(422)
  })

  it("gives another workspace's key nothing", async () => {
    await put('opened')
    await publish('opened')
    const { apiKey: stranger } = await platform.addWorkspace()
    expect((await call<Page<WorkflowView>>('GET', '/workflows', undefined, stranger)).body.items).toEqual([])
    for (const [method, path, body] of [
      ['GET', '/workflows/opened', undefined],
      ['GET', '/workflows/opened/published', undefined],
      ['DELETE', '/workflows/opened', undefined],
      ['POST', '/workflows/opened/publish', undefined],
      ['POST', '/workflows/opened/preview', {}],
      ['POST', '/workflows/opened/test', { recipient: 'ada' }],
    ] as const) {
      expect([path, (await call(method, path, body, stranger)).status]).toEqual([path, 404])
    }
    expect((await put('opened', opened, stranger)).status).toBe(201)
    expect((await call<WorkflowView>('GET', '/workflows/opened')).body.draftVersion).toBe(1)
  })
})
