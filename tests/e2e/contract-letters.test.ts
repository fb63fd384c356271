// What died and what becomes of it, as the contract says: dead letters, their causes, replays.
import { describe, expect, test } from 'vitest'
import { operationsNotCalled } from '../support/checked-api.ts'
import { reason, useProductWithReceiver } from '../support/contract-product.ts'
import { eventually } from '../support/eventually.ts'

const at = useProductWithReceiver()
const { api, addEndpoint, letters } = at

describe('dead letters', () => {
  let dead: any[]
  let discardId: string

  test('say what died, why, and can be filtered', async () => {
    await api('POST', '/dead-letters/discard', { filter: {}, reason })
    const endpoint = await addEndpoint({ eventTypes: ['letter'], retrySchedule: [0.05] })
    dead = await letters('letter', 4)
    for (const letter of dead) {
      expect(letter).toMatchObject({
        id: expect.stringMatching(/^dl_/),
        kind: 'delivery-exhausted',
        causeId: expect.any(String),
        deliveryId: expect.stringMatching(/^dlv_/),
        eventId: expect.stringMatching(/^evt_/),
        channel: 'webhook',
        recipientId: null,
        endpointId: endpoint.id,
        previousId: null,
        attempts: 2,
        createdAt: expect.any(String),
        state: 'open',
      })
      expect(letter.error).toEqual({ code: expect.stringMatching(/\S/), message: expect.stringMatching(/\S/) })
    }
    const causes = await eventually(async () => {
      const { body } = await api('GET', '/dead-letters/causes')
      return body.items[0]?.count === 4 && body.items
    })
    expect(causes).toMatchObject([
      {
        id: dead[0].causeId,
        title: expect.stringMatching(/\S/),
        firstSeenAt: expect.any(String),
        lastSeenAt: expect.any(String),
        channels: ['webhook'],
        sampleId: expect.stringMatching(/^dl_/),
      },
    ])
    const count = async (query: string) => (await api('GET', `/dead-letters?state=open&${query}`)).body.items.length
    for (const query of [
      `cause=${dead[0].causeId}`,
      'kind=delivery-exhausted',
      'channel=webhook',
      `endpoint=${endpoint.id}`,
      'from=2020-01-01',
      'q=LETTER',
    ])
      expect(await count(query), query).toBe(4)
    for (const query of ['kind=pipeline-fault', 'channel=email', 'recipient=u1', 'to=2020-01-01', 'q=nothing-like-it'])
      expect(await count(query), query).toBe(0)
    for (const query of ['kind=x', 'cause=x', 'colour=red']) expect((await api('GET', `/dead-letters?${query}`)).status, query).toBe(422)
    expect((await api('GET', '/ledger')).body.deliveries.dead).toBeGreaterThanOrEqual(4)
    const searched = async (query: string) => (await api('GET', `/dead-letters/search?q=${dead[0].error.code}&${query}`)).body.items
    await eventually(async () => (await searched('state=open')).length >= 4, { timeoutMs: 60_000 })
    expect((await searched('state=open'))[0]).toMatchObject({ score: expect.any(Number), snippet: { text: expect.any(String) } })
    expect(await searched('channel=email')).toEqual([])
  })

  test('are sent again one by one; the letter of a second death points to the first', async () => {
    at.receiver.answer(500)
    expect((await api('POST', `/dead-letters/${dead[0].id}/replay`, { reason })).status).toBe(202)
    expect((await api('POST', `/dead-letters/${dead[0].id}/replay`, { reason })).status).toBe(409)
    const next = await eventually(async () => {
      const { body } = await api('GET', `/dead-letters/${dead[0].id}`)
      return body.nextId !== null && (await api('GET', `/dead-letters/${body.nextId}`)).body
    })
    expect(next).toMatchObject({ state: 'open', previousId: dead[0].id, deliveryId: dead[0].deliveryId })
    at.receiver.answer(200)
    await api('POST', `/dead-letters/${next.id}/replay`, { reason })
    await eventually(async () => (await api('GET', `/deliveries/${next.deliveryId}`)).body.state === 'delivered')
    expect((await api('POST', `/dead-letters/${dead[1].id}/replay`, {})).status).toBe(422)
  })

  test('are edited as a linked copy', async () => {
    const answer = await api('PATCH', `/dead-letters/${dead[1].id}`, { data: { n: 'edited' }, reason })
    expect(answer.status).toBe(202)
    expect(answer.body.deliveryId).not.toBe(dead[1].deliveryId)
    await eventually(() => at.receiver.received.some((each) => each.body.data.n === 'edited'))
    await eventually(async () => (await api('GET', `/deliveries/${answer.body.deliveryId}`)).body.state === 'delivered')
    expect((await api('GET', `/deliveries/${answer.body.deliveryId}`)).body.previousId).toBe(dead[1].deliveryId)
    expect((await api('GET', `/deliveries/${dead[1].deliveryId}`)).body).toMatchObject({ state: 'cancelled', reason: 'replaced' })
  })

  test('are discarded by filter', async () => {
    const { body } = await api('POST', '/dead-letters/discard', { filter: { q: 'letter' }, reason, confirmCount: 2 })
    expect(body).toEqual({ discarded: 2, id: expect.stringMatching(/^dsc_/) })
    discardId = body.id
    expect((await api('GET', '/dead-letters?state=discarded&q=letter')).body.items.map((each: any) => each.id)).toEqual(
      expect.arrayContaining([dead[2].id, dead[3].id]),
    )
    expect((await api('POST', `/dead-letters/${dead[2].id}/replay`, { reason })).status).toBe(409)
    expect((await api('POST', '/dead-letters/discard', { filter: {} })).status).toBe(422)
    expect((await api('POST', '/dead-letters/discard', { filter: { q: 'letter' }, reason, confirmCount: 9 })).status).toBe(409)
    expect((await api('POST', '/dead-letters/discard', { filter: { q: 'nothing-like-it' }, reason })).body).toEqual({
      discarded: 0,
      id: null,
    })
  })

  test('are open again when their discard is undone', async () => {
    const listed = async () => (await api('GET', '/dead-letters/discards')).body.items.find((each: any) => each.id === discardId)
    expect(await listed()).toMatchObject({ filter: { q: 'letter' }, reason, letters: 2, undoneAt: null, undoneBy: null })
    const undo = (body: object, id = discardId) => api('POST', `/dead-letters/discards/${id}/undo`, body)
    expect((await undo({})).status).toBe(422)
    expect((await undo({ reason }, 'dsc_00000000000000000000000000000000')).status).toBe(404)
    expect(await undo({ reason })).toMatchObject({ status: 200, body: { reopened: 2 } })
    expect((await undo({ reason })).status).toBe(409)
    expect(await listed()).toMatchObject({ undoneAt: expect.any(String), undoneBy: expect.any(String) })
    const open = (await api('GET', '/dead-letters?state=open&q=letter')).body.items
    expect(open.map((each: any) => each.id).sort()).toEqual([dead[2].id, dead[3].id].sort())
    await eventually(async () => {
      const { body } = await api('GET', '/dead-letters/counts')
      return body.open === 2 && body.causes === 1
    })
  })

  test('are explained by their cause, and a patch is tried on them before it is sent', async () => {
    const cause = await eventually(async () => {
      const { body } = await api('GET', `/dead-letters/causes/${dead[2].causeId}`)
      return body.count === 2 && body
    })
    expect(cause).toMatchObject({
      id: dead[2].causeId,
      explanation: { what: expect.stringMatching(/\S/), sent: expect.stringMatching(/\S/) },
      facets: { eventTypes: [expect.objectContaining({ count: 2 })] },
    })
    const none = '00000000000000000000000000000000'
    expect((await api('GET', `/dead-letters/causes/cau_${none}`)).status).toBe(404)
    const tried = (patch: unknown, id = cause.id) => api('POST', `/dead-letters/causes/${id}/patch/preview`, { patch })
    expect((await tried([{ op: 'replace', path: '/n', value: 'patched' }])).body).toMatchObject({
      total: 2,
      checked: 2,
      applicable: 2,
      failing: 0,
      sample: [{ changes: [{ path: '/n', kind: 'changed', after: 'patched' }], problem: null }, {}],
    })
    expect((await tried([{ op: 'remove', path: '/nothing-like-it' }])).body).toMatchObject({ applicable: 0, failing: 2 })
    expect((await tried([{ op: 'guess', path: '/n' }])).status).toBe(422)
    expect((await tried([{ op: 'remove', path: '/n' }], `cau_${none}`)).status).toBe(404)
  })

  test('are downloaded', async () => {
    const csv = await api<string>('GET', '/dead-letters/export?state=open&q=letter')
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/)
    expect(csv.headers.get('content-disposition')).toMatch(/^attachment/)
    const lines = csv.body.trim().split(/\r?\n/)
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(/^"id","state",/)
    const json = await api('GET', '/dead-letters/export?state=open&q=letter&format=json')
    expect(json.body.map((each: any) => each.id).sort()).toEqual([dead[2].id, dead[3].id].sort())
    expect((await api('GET', '/dead-letters/export?format=xls')).status).toBe(422)
  })
})

describe('replays', () => {
  const replay = (body: object, headers?: Record<string, string>) => api('POST', '/replays', body, headers)
  const finished = (id: string) =>
    eventually(async () => {
      const { body } = await api('GET', `/replays/${id}`)
      return body.finishedAt !== null && body
    })

  test('send a filter again once, and say how far they are', async () => {
    await addEndpoint({ eventTypes: ['replayed'], retrySchedule: [] })
    await letters('replayed', 5)
    at.receiver.received.length = 0
    const filter = { q: 'replayed', state: 'open' }
    expect((await api('POST', '/replays/preview', { filter })).body).toMatchObject({ total: 5 })
    expect((await replay({ filter, reason, confirmCount: 4 })).status).toBe(409)
    expect((await replay({ filter })).status).toBe(422)
    const started = await replay({ filter, reason, confirmCount: 5 }, { 'idempotency-key': 'replay-1' })
    expect(started).toMatchObject({
      status: 202,
      body: { id: expect.stringMatching(/^rpl_/), startedBy: expect.any(String), startedAt: expect.any(String), finishedAt: null },
    })
    const again = await replay({ filter, reason, confirmCount: 5 }, { 'idempotency-key': 'replay-1' })
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(again.body.id).toBe(started.body.id)
    expect(await finished(started.body.id)).toMatchObject({
      state: 'completed',
      total: 5,
      sent: 5,
      fixed: 5,
      failedAgain: 0,
      reason,
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
    })
    expect(at.receiver.received).toHaveLength(5)
    expect((await api('GET', '/replays?state=completed')).body.items.map((each: any) => each.id)).toContain(started.body.id)
  })

  test('count what fails again', async () => {
    await addEndpoint({ eventTypes: ['hopeless'], retrySchedule: [] })
    await letters('hopeless', 2)
    at.receiver.answer(500)
    const { body } = await replay({ filter: { q: 'hopeless', state: 'open' }, reason })
    expect(await finished(body.id)).toMatchObject({ state: 'completed', total: 2, sent: 2, fixed: 0, failedAgain: 2 })
  })

  test('keep their pace, can be aborted, and go on when they are resumed', async () => {
    await addEndpoint({ eventTypes: ['paced'], retrySchedule: [] })
    await letters('paced', 15)
    const { body } = await replay({ filter: { q: 'paced', state: 'open' }, pace: { perSecond: 1 }, reason })
    await eventually(async () => (await api('GET', `/replays/${body.id}`)).body.sent > 0)
    expect(await api('POST', `/replays/${body.id}/abort`, { reason })).toMatchObject({ status: 200, body: { state: 'aborted' } })
    const { sent } = await finished(body.id)
    expect(sent).toBeLessThan(15)
    await eventually(async () => (await api('GET', '/dead-letters?state=open&q=paced')).body.items.length === 15 - sent)
    expect((await api('POST', `/replays/${body.id}/abort`, { reason })).status).toBe(409)
    expect((await api('POST', `/replays/${body.id}/resume`, {})).status).toBe(422)
    expect(await api('POST', `/replays/${body.id}/resume`, { reason })).toMatchObject({ status: 202, body: { finishedAt: null } })
    expect((await api('POST', `/replays/${body.id}/resume`, { reason })).status).toBe(409)
    expect(await finished(body.id)).toMatchObject({ state: 'completed', total: 15, sent: 15, fixed: 15 })
    expect((await api('GET', '/replays/rpl_00000000000000000000000000000000')).status).toBe(404)
  })
})

test('every operation on them was called', () => {
  expect(operationsNotCalled(/^\/api\/v1\/(dead-letters(?!.*similar)|replays)/)).toEqual([])
})
