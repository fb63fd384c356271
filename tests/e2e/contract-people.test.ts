// Who is notified, as the contract says: recipients, topics, preferences.
import { describe, expect, test } from 'vitest'
import { operationsNotCalled } from '../support/checked-api.ts'
import { useProduct } from '../support/contract-product.ts'

const { api, outcomeOf } = useProduct()

const profile = { email: 'ada@example.com', phone: '+4930123456', locale: 'en', timeZone: 'Europe/Berlin', attributes: { plan: 'pro' } }

const stateOn = (event: any, channel: string) =>
  event.deliveries.filter((each: any) => each.channel === channel).map((each: any) => each.state)

describe('recipients', () => {
  test('are put, read and deleted by the id of the client', async () => {
    const created = await api('PUT', '/recipients/ada', profile)
    expect(created).toMatchObject({ status: 201, body: { id: 'ada', ...profile } })
    expect((await api('GET', '/recipients/ada')).body).toEqual(created.body)
    expect(await api('PUT', '/recipients/ada', { email: 'ada@example.org' })).toMatchObject({
      status: 200,
      body: { email: 'ada@example.org', phone: null, attributes: {} },
    })
    expect((await api('GET', '/recipients?address=ada@example.org')).body.items.map((each: any) => each.id)).toEqual(['ada'])
    expect((await api('DELETE', '/recipients/ada')).status).toBe(204)
    expect((await api('GET', '/recipients/ada')).status).toBe(404)
    expect((await api('DELETE', '/recipients/ada')).status).toBe(404)
  })

  test('may have ids of any visible characters', async () => {
    for (const id of ['user:7', 'a/b', 'me@example.com', 'Zo\u00eb', '%41', 'a+b?c#d', 'batch']) {
      expect((await api('PUT', `/recipients/${encodeURIComponent(id)}`, {})).body.id).toBe(id)
      expect((await api('GET', `/recipients/${encodeURIComponent(id)}`)).body.id).toBe(id)
    }
  })

  test('may be called like a path', async () => {
    expect((await api('PUT', '/recipients/batch', { email: 'batch@example.com' })).status).toBe(200)
    expect((await api('PUT', '/recipients/batch/preferences', { channels: { email: false } })).status).toBe(200)
    expect((await api('GET', '/recipients/batch/preferences')).body.channels).toEqual({ email: false })
    expect((await api('POST', '/recipients/batch/inbox-token', {})).status).toBe(200)
    expect((await api('DELETE', '/recipients/batch')).status).toBe(204)
  })

  test('come in batches, the bad ones told apart', async () => {
    const { status, body } = await api('POST', '/recipients/batch', {
      recipients: [{ id: 'b1', email: 'b1@example.com' }, { id: 'b2', email: 'none' }, { email: 'b3@example.com' }, { id: 'b4' }],
    })
    expect(status).toBe(200)
    expect(body.items.map((item: any) => [item.index, item.status])).toEqual([
      [0, 'created'],
      [1, 'rejected'],
      [2, 'rejected'],
      [3, 'created'],
    ])
    expect(body.items[1].problem).toMatchObject({ status: 422, errors: [{ path: expect.stringContaining('/email') }] })
  })

  test.each([
    { email: 'nobody' },
    { email: 'a@b.c\r\nBcc: x@y.z' },
    { timeZone: 'Mars/Olympus' },
    { locale: 'not a locale' },
    { colour: 'red' },
    { attributes: [] },
  ])('refuse %j', async (change) => {
    const answer = await api('PUT', '/recipients/bad', change)
    expect(answer.status).toBe(422)
    expect(answer.body.errors[0].path).toContain(Object.keys(change)[0]!)
  })

  test('are upserted by events that name them inline, and kept by those that do not', async () => {
    await outcomeOf({
      type: 'pull_request.opened',
      recipients: [{ id: 'inline', email: 'inline@example.com', attributes: { plan: 'free' } }],
    })
    expect((await api('GET', '/recipients/inline')).body).toMatchObject({ email: 'inline@example.com', attributes: { plan: 'free' } })
    const event = await outcomeOf({ type: 'pull_request.opened', recipients: ['inline'] })
    expect(stateOn(event, 'email')).toEqual(['delivered'])
  })
})

describe('topics', () => {
  test('have members', async () => {
    expect(await api('PUT', '/topics/repo-7-watchers', { name: 'Watchers of repo 7' })).toMatchObject({
      status: 201,
      body: { key: 'repo-7-watchers', name: 'Watchers of repo 7' },
    })
    expect((await api('PUT', '/topics/repo-7-watchers', { name: 'Renamed' })).status).toBe(200)
    expect((await api('GET', '/topics/repo-7-watchers')).body.name).toBe('Renamed')
    expect((await api('PUT', '/topics/repo-7-watchers/members/new-one')).status).toBe(204)
    expect((await api('PUT', '/topics/repo-7-watchers/members/new-one')).status).toBe(204)
    expect((await api('GET', '/topics/repo-7-watchers/members')).body.items).toMatchObject([{ recipientId: 'new-one' }])
    expect((await api('GET', '/topics')).body.items).toMatchObject([{ key: 'repo-7-watchers' }])
    expect((await api('GET', '/recipients/new-one/topics')).body).toEqual({
      items: [{ key: 'repo-7-watchers', name: 'Renamed', joinedAt: expect.any(String) }],
      nextCursor: null,
    })
    expect((await api('GET', '/recipients/no-such-one/topics')).status).toBe(404)
    expect((await api('DELETE', '/topics/repo-7-watchers/members/new-one')).status).toBe(204)
    expect((await api('GET', '/recipients/new-one/topics')).body.items).toEqual([])
    expect((await api('PUT', '/topics/unknown/members/new-one')).status).toBe(404)
    expect((await api('DELETE', '/topics/repo-7-watchers')).status).toBe(204)
    expect((await api('GET', '/topics/repo-7-watchers')).status).toBe(404)
    expect((await api('GET', '/recipients/new-one')).status).toBe(200)
  })
})

describe('preferences', () => {
  const prefer = (id: string, preferences: object) => api('PUT', `/recipients/${id}/preferences`, preferences)
  const send = (id: string) => outcomeOf({ type: 'pull_request.opened', recipients: [{ id, email: `${id}@example.com` }] })

  test('are answered as they were put', async () => {
    const preferences = {
      channels: { email: false },
      workflows: { weekly: { enabled: true, channels: { email: true } } },
      quietHours: { from: '22:00', to: '07:00' },
    }
    expect(await prefer('quiet', preferences)).toMatchObject({ status: 200, body: preferences })
    expect((await api('GET', '/recipients/quiet/preferences')).body).toEqual(preferences)
  })

  test('keep a channel away, suppressed and with a reason', async () => {
    await prefer('no-mail', { channels: { email: false } })
    const event = await send('no-mail')
    expect([stateOn(event, 'email'), stateOn(event, 'in-app')]).toEqual([['suppressed'], ['delivered']])
    expect(event.deliveries.find((each: any) => each.channel === 'email')).toMatchObject({
      reason: expect.stringMatching(/\S/),
      attempts: [],
    })
    expect(event.state).toBe('completed')
  })

  test('of one workflow win over those of the channel, and of a workflow on a channel over both', async () => {
    await prefer('only-this', {
      channels: { email: false },
      workflows: { welcome: { enabled: true, channels: { email: true, 'in-app': false } } },
    })
    const one = await send('only-this')
    expect([stateOn(one, 'email'), stateOn(one, 'in-app')]).toEqual([['delivered'], ['suppressed']])
    await prefer('not-this', { workflows: { welcome: { enabled: false } } })
    const two = await send('not-this')
    expect([stateOn(two, 'email'), stateOn(two, 'in-app')]).toEqual([['suppressed'], ['suppressed']])
  })

  test('do not keep critical workflows away', async () => {
    await api('PUT', '/workflows/alarm', {
      name: 'Alarm',
      eventType: 'alarm.raised',
      critical: true,
      steps: [{ id: 'mail', type: 'channel', channel: 'email', template: { subject: 'Alarm', text: 'Now' } }],
    })
    await api('POST', '/workflows/alarm/publish')
    const event = await outcomeOf({ type: 'alarm.raised', recipients: [{ id: 'no-mail', email: 'no-mail@example.com' }] })
    expect(stateOn(event, 'email')).toEqual(['delivered'])
  })

  test.each([
    { channels: { pigeon: true } },
    { channels: { email: 'no' } },
    { quietHours: { from: '25:00', to: '07:00' } },
    { workflows: { weekly: { off: true } } },
  ])('refuse %j', async (preferences) => {
    expect((await prefer('quiet', preferences)).status).toBe(422)
  })
})

test('every operation on them was called', () => {
  expect(operationsNotCalled(/^\/api\/v1\/(recipients|topics)/)).toEqual([])
})
