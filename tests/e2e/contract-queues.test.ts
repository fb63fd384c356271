// Work on its way, as the contract says: queues, lanes, jobs, workers, the ledger.
import { describe, expect, test } from 'vitest'
import { operationsNotCalled } from '../support/checked-api.ts'
import { reason, useProductWithReceiver } from '../support/contract-product.ts'
import { eventually } from '../support/eventually.ts'

const at = useProductWithReceiver()
const { api, addEndpoint, send, reached, ended } = at
const firstDay = new Date().toISOString().slice(0, 10)

describe('providers', () => {
  test('are held by an operator of the instance: what comes waits with who and why, and goes out when they are released', async () => {
    await addEndpoint({ eventTypes: ['provider.held'] })
    expect((await api('POST', '/providers/webhook/hold', {})).status).toBe(422)
    expect((await api('POST', '/providers/none/hold', { reason })).status).toBe(404)
    expect(await api('POST', '/providers/webhook/hold', { reason })).toMatchObject({
      status: 200,
      body: { key: 'webhook', state: 'held', heldBy: expect.any(String), heldReason: reason, held: 0 },
    })
    const id = await send('provider.held')
    await eventually(async () => (await api('GET', `/events/${id}`)).body.deliveries[0]?.state === 'held')
    expect((await api('GET', `/events/${id}`)).body.deliveries).toMatchObject([{ reason: `provider held: ${reason}`, attempts: [] }])
    const { body } = await api('GET', '/providers')
    expect(body.items.find((item: any) => item.key === 'webhook')).toMatchObject({ state: 'held', waiting: 0, held: 1 })
    expect(body.items.find((item: any) => item.key === 'email')).toMatchObject({ state: 'running', heldBy: null })
    expect((await api('GET', `/explain?event=${id}`)).body.sentence).toContain(`provider webhook is held by`)
    expect((await api('GET', '/ledger')).body.deliveries).toMatchObject({ held: 1, unaccounted: 0 })
    expect(at.receiver.received).toEqual([])
    expect(await api('POST', '/providers/webhook/release', { reason })).toMatchObject({ status: 200, body: { state: 'running' } })
    expect((await ended(id)).deliveries).toMatchObject([{ state: 'delivered', reason: null }])
  })
})

describe('queues', () => {
  const figures = {
    waiting: expect.any(Number),
    active: expect.any(Number),
    delayed: expect.any(Number),
    oldestAgeMs: expect.any(Number),
    arrivalPerSecond: expect.any(Number),
    servicePerSecond: expect.any(Number),
    drainSeconds: expect.any(Number),
    workers: 1,
    concurrency: expect.any(Number),
  }

  test('are shown in numbers', async () => {
    const { body } = await api('GET', '/queues')
    expect(body.items.map((queue: any) => queue.name)).toEqual(expect.arrayContaining(['fan-out', 'delivery-webhook', 'delivery-email']))
    for (const queue of body.items) expect(queue).toMatchObject({ state: 'running', ...figures })
    expect((await api('GET', '/queues/none')).status).toBe(404)
  })

  test('get nothing while they are paused, and everything after', async () => {
    await addEndpoint({ eventTypes: ['paused.*'] })
    expect((await api('POST', '/queues/fan-out/pause', {})).status).toBe(422)
    expect(await api('POST', '/queues/fan-out/pause', { reason })).toMatchObject({ status: 200, body: { state: 'paused' } })
    const [waiting, ...others] = (await Promise.all([1, 2, 3].map(() => send('paused.fan-out')))) as [string, ...string[]]
    await eventually(async () => {
      const { body } = await api('GET', '/queues/fan-out')
      expect(body).toMatchObject({ state: 'paused', ...figures })
      return body.waiting === 3 && body.oldestAgeMs > 1_500
    })
    expect((await api('GET', `/events/${waiting}`)).body).toMatchObject({ state: 'accepted', deliveries: [] })
    expect((await api('GET', '/ledger')).body.events).toMatchObject({ pending: 3, unaccounted: 0 })
    await api('POST', '/queues/delivery-webhook/pause', { reason })
    await api('POST', '/queues/fan-out/resume', { reason })
    await reached(waiting, ['processing'])
    await eventually(async () => (await api('GET', '/queues/delivery-webhook')).body.waiting === 3)
    expect(at.receiver.received).toEqual([])
    expect((await api('GET', `/events/${waiting}`)).body.deliveries).toMatchObject([{ state: 'pending', attempts: [] }])
    expect((await api('POST', '/queues/delivery-webhook/resume', { reason })).body.state).toBe('running')
    for (const id of [waiting, ...others]) expect((await ended(id)).deliveries).toMatchObject([{ state: 'delivered' }])
  })

  test('are changed for all workers together', async () => {
    const change = (fields: object) => api('PATCH', '/queues/delivery-email', { ...fields, reason })
    expect(await change({ concurrency: 3, ratePerSecond: 50 })).toMatchObject({
      status: 200,
      body: { concurrencySetting: 3, ratePerSecond: 50, changedReason: reason, changedAt: expect.any(String) },
    })
    await eventually(async () => (await api('GET', '/queues/delivery-email')).body.concurrency === 3)
    expect((await change({ concurrency: null, ratePerSecond: null })).body).toMatchObject({ concurrencySetting: null, ratePerSecond: null })
    for (const fields of [{}, { concurrency: 0 }, { ratePerSecond: -1 }, { colour: 'red' }])
      expect((await change(fields)).status, JSON.stringify(fields)).toBe(422)
    expect((await api('PATCH', '/queues/delivery-email', { concurrency: 3 })).status).toBe(422)
    expect((await api('PATCH', '/queues/none', { concurrency: 3, reason })).status).toBe(404)
  })

  test('have lanes, and one can be stopped alone', async () => {
    const { id } = await addEndpoint({ eventTypes: ['lane'] })
    await addEndpoint({ url: `${at.receiver.url}/other`, eventTypes: ['lane'] })
    const lanes = '/queues/delivery-webhook/lanes'
    expect(await api('PUT', `${lanes}/${id}`, { limit: 0, reason })).toMatchObject({
      status: 200,
      body: { lane: id, kind: 'endpoint', limit: 0, limitedReason: reason },
    })
    const eventId = await send('lane')
    await eventually(async () =>
      (await api('GET', `${lanes}?limit=200`)).body.items.some((each: any) => each.lane === id && each.waiting === 1),
    )
    await eventually(() => at.receiver.received.length > 0)
    expect(at.receiver.received.map((each) => each.path)).toEqual(['/hook/other'])
    expect(await api('DELETE', `${lanes}/${id}`, { reason })).toMatchObject({ status: 200, body: { lane: id, limit: null } })
    expect((await ended(eventId)).deliveries).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }])
    expect((await api('PUT', `${lanes}/no-such-lane`, { limit: 1, reason })).status).toBe(404)
    expect((await api('DELETE', `${lanes}/no-such-lane`, { reason })).status).toBe(404)
    expect((await api('PUT', `${lanes}/${id}`, { limit: -1, reason })).status).toBe(422)
  })

  test('are worked by processes that can be seen', async () => {
    const { body } = await api('GET', '/workers')
    const running = (await at.product.processes()).filter((each) => /^(api|worker)-/.test(each.name))
    for (const { pid } of running) {
      const worker = body.items.find((each: any) => each.pid === pid)
      expect(worker).toMatchObject({
        id: expect.any(String),
        roles: expect.any(Array),
        host: expect.any(String),
        version: expect.any(String),
        startedAt: expect.any(String),
        lastSeenAt: expect.any(String),
        state: expect.stringMatching(/^(working|idle)$/),
        loopLagMs: expect.any(Number),
        rssBytes: expect.any(Number),
      })
    }
  })
})

describe('jobs', () => {
  const queue = '/queues/delivery-webhook'
  const none = '00000000000000000000000000000000'
  /** Deliveries of this type that wait for their second attempt. */
  const delayed = async (type: string, count: number): Promise<string[]> => {
    await addEndpoint({ eventTypes: [type], retrySchedule: [600] })
    at.receiver.answer(503)
    for (let n = 0; n < count; n++) await send(type)
    const found = await eventually(async () => {
      const { body } = await api('GET', `${queue}/jobs?state=delayed&q=${type}`)
      return body.items.length === count && body.items
    })
    at.receiver.answer(200)
    return found.map((each: any) => each.id)
  }
  const stateOf = async (id: string) => (await api('GET', `/deliveries/${id}`)).body.state

  test('are looked at, and explained', async () => {
    const [id] = await delayed('looked.at', 1)
    expect((await api('GET', `${queue}/jobs/${id}`)).body).toMatchObject({
      id,
      kind: 'deliver',
      state: 'delayed',
      eventType: 'looked.at',
      delivery: { id, state: 'retrying', attempts: [{ number: 1, statusCode: 503 }] },
    })
    const { body: why } = await api('GET', `${queue}/jobs/${id}/why`)
    expect(why).toMatchObject({ id, sentence: expect.stringMatching(/\S/) })
    expect(why.checks.find((check: any) => check.state !== 'ok')).toMatchObject({ id: 'due' })
    for (const path of [`dlv_${none}`, `dlv_${none}/why`, 'x', 'x/why'])
      expect((await api('GET', `${queue}/jobs/${path}`)).status, path).toBe(404)
    expect((await api('GET', `${queue}/jobs?state=none`)).status).toBe(422)
    expect((await api('DELETE', `${queue}/jobs/${id}`, { reason })).status).toBe(200)
  })

  test('are put to work or taken away one by one', async () => {
    const [retried, promoted, removed] = (await delayed('one.by.one', 3)) as [string, string, string]
    expect((await api('POST', `${queue}/jobs/${retried}/retry`, {})).status).toBe(422)
    expect(await api('POST', `${queue}/jobs/${retried}/retry`, { reason })).toMatchObject({
      status: 200,
      body: { id: retried, done: 'retried' },
    })
    await eventually(async () => (await stateOf(retried)) === 'delivered')
    expect(await api('POST', `${queue}/jobs/${promoted}/promote`, { reason })).toMatchObject({
      status: 200,
      body: { id: promoted, done: 'promoted' },
    })
    await eventually(async () => (await stateOf(promoted)) === 'delivered')
    expect(await api('DELETE', `${queue}/jobs/${removed}`, { reason })).toMatchObject({
      status: 200,
      body: { id: removed, done: 'removed', job: null },
    })
    expect(await stateOf(removed)).toBe('cancelled')
    for (const id of [retried, promoted, removed, `dlv_${none}`]) {
      expect((await api('POST', `${queue}/jobs/${id}/retry`, { reason })).status).toBe(404)
      expect((await api('POST', `${queue}/jobs/${id}/promote`, { reason })).status).toBe(404)
      expect((await api('DELETE', `${queue}/jobs/${id}`, { reason })).status).toBe(404)
    }
  })

  test('that were marked go first, or away; the others stay', async () => {
    const operations = `${queue}/job-operations`
    const [first, second, third] = (await delayed('marked.jobs', 3)) as [string, string, string]
    const act = async (action: string, ids: string[]) => {
      const body = { action, filter: { state: 'delayed', ids } }
      expect((await api('POST', `${operations}/preview`, body)).body.total).toBe(ids.length)
      const started = await api('POST', operations, { ...body, reason, confirmCount: ids.length })
      expect(started).toMatchObject({ status: 202, body: { action, total: ids.length } })
      await eventually(async () => (await api('GET', `${operations}/${started.body.id}`)).body.state === 'completed')
      expect((await api('GET', `${operations}/${started.body.id}`)).body).toMatchObject({ done: ids.length, skipped: 0 })
    }
    await act('promote', [first])
    await eventually(async () => (await stateOf(first)) === 'delivered')
    await act('remove', [second])
    expect([await stateOf(second), await stateOf(third)]).toEqual(['cancelled', 'retrying'])
    const none = { action: 'promote', filter: { state: 'delayed', ids: ['x'] } }
    expect((await api('POST', `${operations}/preview`, none)).status).toBe(422)
    await act('remove', [third])
  })

  test('are taken away together, as many as were counted', async () => {
    const operations = `${queue}/job-operations`
    const ids = await delayed('many.at.once', 3)
    const action = { action: 'remove', filter: { state: 'delayed', q: 'many.at.once' } }
    expect((await api('POST', `${operations}/preview`, action)).body).toMatchObject({ total: 3, lanes: [{ count: 3 }] })
    expect((await api('POST', operations, { ...action, reason, confirmCount: 2 })).status).toBe(409)
    expect((await api('POST', operations, { ...action, reason })).status).toBe(422)
    // Nobody works on it while the queue of such operations is paused.
    await api('POST', '/queues/replay/pause', { reason })
    const { body: first } = await api('POST', operations, { ...action, reason, confirmCount: 3 })
    expect(await api('POST', `${operations}/${first.id}/abort`, { reason })).toMatchObject({
      status: 200,
      body: { state: 'aborted', done: 0 },
    })
    expect((await api('POST', `${operations}/${first.id}/abort`, { reason })).status).toBe(409)
    await api('POST', '/queues/replay/resume', { reason })
    for (const id of ids) expect(await stateOf(id)).toBe('retrying')
    const second = await api('POST', operations, { ...action, reason, confirmCount: 3 })
    expect(second).toMatchObject({ status: 202, body: { id: expect.stringMatching(/^jop_/), state: 'running', total: 3, reason } })
    const done = await eventually(async () => {
      const { body } = await api('GET', `${operations}/${second.body.id}`)
      return body.finishedAt !== null && body
    })
    expect(done).toMatchObject({ state: 'completed', total: 3, done: 3, skipped: 0 })
    for (const id of ids) expect(await stateOf(id)).toBe('cancelled')
    expect((await api('GET', operations)).body.items.map((each: any) => each.id).slice(0, 2)).toEqual([second.body.id, first.id])
    expect((await api('GET', `${operations}/jop_${none}`)).status).toBe(404)
    expect((await api('POST', `${operations}/jop_${none}/abort`, { reason })).status).toBe(404)
  })
})

describe('the ledger', () => {
  test('adds up', async () => {
    const ledger = await eventually(async () => {
      const { body } = await api('GET', '/ledger')
      return body.events.pending === 0 && body.deliveries.pending === 0 && body
    })
    const { accepted, unaccounted, ...events } = ledger.events
    const { created, unaccounted: missing, ...deliveries } = ledger.deliveries
    const sum = (parts: Record<string, number>) => Object.values(parts).reduce((total, part) => total + part, 0)
    expect([unaccounted, missing]).toEqual([0, 0])
    expect(sum(events)).toBe(accepted)
    expect(sum(deliveries)).toBe(created)
    // The day on which this file began: midnight may have passed since.
    expect((await api('GET', `/ledger?from=${firstDay}`)).body.events.accepted).toBe(accepted)
    expect((await api('GET', '/ledger?to=2020-01-01')).body.events.accepted).toBe(0)
    expect((await api('GET', '/ledger?from=yesterday')).status).toBe(422)
  })
})

test('every operation on them was called', () => {
  expect(operationsNotCalled(/^\/api\/v1\/(queues|providers|workers|ledger)/)).toEqual([])
})
