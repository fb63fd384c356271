// Why somebody did or did not get something, told from the rows that the real path wrote.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Explanation } from '#shared/contracts/explain.ts'
import type { Problem } from '#shared/contracts/problem.ts'
import { parsePublicId, publicId } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { eventually } from '../support/eventually.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'
import { createApiClient, type ApiClient } from '../support/api-client.ts'

let path: PathHarness
let app: App
let http: HttpHarness
let api: ApiClient

const olga = { kind: 'operator', id: 'opr_1', name: 'olga' } as const
const mail = { id: 'mail', type: 'channel', channel: 'email', template: { subject: 'Hello {{ data.name }}', text: 'World' } }
const bell = { id: 'bell', type: 'channel', channel: 'in-app', template: { title: 'Hello', body: 'World' } }

beforeAll(async () => {
  path = await openPath()
  // The harness closes the platform.
  app = assembleApp({ ...path, close: () => Promise.resolve() })
  http = await serveRoutes(app, (file) => /v1.(explain|deliveries|events|recipients)/.test(file))
  api = createApiClient(http.url, path.apiKey)
  await path.addWorkflow('greeting', 'user.greeted', [mail, bell])
  await path.addWorkflow('broken', 'user.broken', [{ ...mail, template: { subject: '{{ data.name | nofilter }}', text: 'x' } }])
  await path.pool.query(
    "INSERT INTO recipient (workspace_id, id, email) VALUES ($1, 'ada', 'ada@example.com'), ($1, 'mute', 'mute@example.com'), ($1, 'noaddress', NULL)",
    [path.workspaceId],
  )
  await path.pool.query(
    'INSERT INTO preference (workspace_id, recipient_id, document) VALUES ($1, \'mute\', \'{"channels": {"email": false}}\')',
    [path.workspaceId],
  )
})

afterAll(async () => {
  await http.close()
  await app.close()
  await path.close()
})

const explain = async (query: Record<string, string>): Promise<Explanation> => {
  const { status, body } = await api.get<Explanation>(`/explain?${new URLSearchParams(query)}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}
const id = (uuid: string): string => publicId('event', uuid)
const kinds = ({ chain }: Explanation): string[] => chain.map((step) => step.kind)

describe('a recipient and an event', () => {
  test('delivered: when, how long after the event, and the rows that prove it', async () => {
    const event = await path.send({ type: 'user.greeted', recipients: ['ada'], data: { name: 'Ada' } })
    await path.ended(event)
    const answer = await explain({ recipient: 'ada', event: id(event) })
    expect(answer.answer).toBe('yes')
    expect(answer.sentence).toMatch(
      /^ada got it: the email to ada@example\.com was delivered at .* UTC, .* after the event; the inbox message was delivered at .*, and not read yet\.$/,
    )
    expect(kinds(answer)).toEqual([
      'event',
      'workflow',
      'recipient',
      'notification',
      'delivery',
      'attempt',
      'notification',
      'delivery',
      'attempt',
    ])
    expect(answer.chain.every((step) => step.id !== null && step.at !== null)).toBe(true)
    // Called by the address, the same.
    expect((await explain({ recipient: 'ada@example.com', event: id(event) })).recipientId).toBe('ada')
  })

  test('suppressed by a preference, and by a missing address', async () => {
    const event = await path.send({ type: 'user.greeted', recipients: ['mute', 'noaddress'] })
    await path.ended(event)
    const muted = await explain({ recipient: 'mute', event: id(event) })
    expect(muted).toMatchObject({
      answer: 'partly',
      sentence: expect.stringContaining('the email to mute@example.com was not sent: mute opted out of email;'),
    })
    expect(muted.chain.find((step) => step.kind === 'preference')).toMatchObject({ result: 'stop', id: 'mute' })
    expect((await explain({ recipient: 'noaddress', event: id(event) })).sentence).toContain('no email address of noaddress was known')
  })

  test('unmatched, not for them, scheduled, cancelled, expired', async () => {
    const unmatched = await path.send({ type: 'nobody.cares', recipients: ['ada'] })
    await path.ended(unmatched, 'unmatched')
    expect((await explain({ recipient: 'ada', event: id(unmatched) })).sentence).toBe(
      'ada did not get it: no workflow exists for nobody.cares.',
    )
    expect((await explain({ recipient: 'bob', event: id(unmatched) })).sentence).toBe('bob was not to get it: the event was for ada only.')

    const later = new Date(Date.now() + 3_600_000).toISOString()
    const scheduled = await path.send({ type: 'user.greeted', recipients: ['ada'], scheduledAt: later })
    expect((await explain({ recipient: 'ada', event: id(scheduled) })).sentence).toContain(`it is scheduled for`)
    expect(await api.post(`/events/${id(scheduled)}/cancel`, {})).toMatchObject({ status: 200 })
    expect(await explain({ recipient: 'ada', event: id(scheduled) })).toMatchObject({
      answer: 'no',
      sentence: expect.stringMatching(/the event was cancelled at .* UTC\.$/),
    })

    const expired = await path.send({
      type: 'user.greeted',
      recipients: ['ada'],
      scheduledAt: new Date(Date.now() + 300).toISOString(),
      expiresAt: new Date(Date.now() + 301).toISOString(),
    })
    await path.ended(expired, 'cancelled')
    expect((await explain({ recipient: 'ada', event: id(expired) })).sentence).toMatch(/the event expired at .* before it was sent\.$/)
  })

  test('a template that fails: the cause, the letter, and the replay that mended it', async () => {
    const event = await path.send({ type: 'user.broken', recipients: ['ada'] })
    await path.ended(event)
    const dead = await explain({ recipient: 'ada', event: id(event) })
    expect(dead.sentence).toMatch(
      /^ada did not get it: the email to ada@example\.com failed for good: .*; its dead letter is open and can be sent again\.$/,
    )
    expect(dead.chain.at(-1)).toMatchObject({ kind: 'dead-letter', id: expect.stringMatching(/^dl_/) })
  })

  test('waits in a paused queue: who paused it, and why', async () => {
    await app.services.queueDesk.pause(path.workspaceId, 'delivery-email', olga, 'provider is down')
    const event = await path.send({ type: 'user.greeted', recipients: ['ada'] })
    await path.ended(event, 'processing')
    const answer = await explain({ recipient: 'ada', event: id(event) })
    expect(answer.answer).toBe('partly')
    expect(answer.sentence).toContain('queue delivery-email was paused by olga (provider is down)')
    expect(answer.chain.find((step) => step.kind === 'queue')).toMatchObject({ id: 'delivery-email', result: 'wait' })
    await app.services.queueDesk.resume(path.workspaceId, 'delivery-email', olga, 'it is back')
    await path.ended(event)
  })

  test('sent once more by a person', async () => {
    const event = await path.send({ type: 'user.greeted', recipients: ['ada'] })
    await path.ended(event)
    const sent = (await path.deliveries(event)).find((delivery) => delivery.channel === 'email')
    const { status, body } = await api.post<{ id: string }>(`/deliveries/${publicId('delivery', sent.id)}/resend`, {
      reason: 'asked for it',
    })
    expect(status).toBe(202)
    await eventually(async () => (await path.deliveries(event)).every((delivery) => delivery.state === 'delivered'))
    const answer = await explain({ recipient: 'ada', event: id(event) })
    expect(answer.sentence).toContain('sent once more by a person')
    expect(answer.chain.find((step) => step.kind === 'resend')).toMatchObject({ id: body.id, result: 'ok' })
  })
})

describe('an event alone', () => {
  test('counts everybody, with resends as one, and names what did not arrive', async () => {
    path.sink.answer = () => 503
    const endpoint = await path.addEndpoint({ eventTypes: ['user.greeted'], retrySchedule: [3_600] })
    const event = await path.send({ type: 'user.greeted', recipients: ['ada', 'mute'] })
    await eventually(
      async () =>
        (await path.deliveries(event)).filter((one) => one.state === 'delivered').length === 3 &&
        (await path.deliveries(event)).some((one) => one.state === 'retrying'),
    )
    const answer = await explain({ event: id(event) })
    expect(answer).toMatchObject({
      answer: 'partly',
      recipientId: null,
      counts: {
        deliveries: 5,
        byState: { delivered: 3, retrying: 1, suppressed: 1 },
        byChannel: { webhook: { deliveries: 1, delivered: 0 }, 'in-app': { deliveries: 2, delivered: 2 } },
      },
    })
    expect(answer.sentence).toMatch(/^3 of 4 did\. The webhook to 127\.0\.0\.1:\d+\/hook has not gone out yet: .*; next try at .* UTC\.$/)
    expect(answer.details).toContain('One more was not sent: mute opted out of email.')

    await app.services.endpoints.remove(path.workspaceId, olga, publicId('endpoint', endpoint))
    path.sink.answer = () => 200
  })
})

describe('a recipient alone', () => {
  test('tells their last events, newest first, with those that made nothing', async () => {
    const answer = await explain({ recipient: 'ada' })
    expect(answer.events.length).toBeGreaterThan(4)
    expect(answer.events.map((event) => event.eventId)).toEqual([...answer.events.map((event) => event.eventId)].sort().reverse())
    expect(answer.events.find((event) => event.type === 'nobody.cares')).toMatchObject({ answer: 'no', state: 'unmatched' })
    expect(answer.sentence).toMatch(/^ada got \d+ of the last \d+ events\. The newest, user\.greeted: /)
    expect(await explain({ recipient: 'nobody' })).toMatchObject({
      answer: 'none',
      events: [],
      sentence: 'No recent event names nobody, and nobody is known as nobody.',
    })
  })
})

describe('the route', () => {
  test('neither is 422, an unknown event 404, another workspace sees nothing', async () => {
    expect(await api.get<Problem>('/explain')).toMatchObject({ status: 422, body: { errors: [{ path: 'recipient' }] } })
    const unknown = id('0192f3a0-7b3e-7c1d-8a4f-5e6d7c8b9a01')
    expect(await api.get(`/explain?event=${unknown}`)).toMatchObject({ status: 404 })
    const event = await path.send({ type: 'nobody.cares', recipients: ['ada'] })
    const { apiKey } = await path.addWorkspace()
    expect(await api.get(`/explain?event=${id(event)}`, apiKey)).toMatchObject({ status: 404 })
    expect((await api.get<Explanation>('/explain?recipient=ada', apiKey)).body).toMatchObject({ answer: 'none', events: [] })
    expect(parsePublicId('event', id(event))).toBe(event)
  })
})
