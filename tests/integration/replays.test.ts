import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createReplays } from '#services/replays/index.ts'
import { newUuid, parsePublicId, publicId } from '#shared/ids.ts'
import { eventually } from '../support/eventually.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'

const actor = { kind: 'api-key' as const, id: 'key', name: 'on call' }
let path: PathHarness
let replays: ReturnType<typeof createReplays>
let endpointIds: string[] = []

beforeAll(async () => {
  // No retries: one failure makes a letter.
  path = await openPath({})
  replays = createReplays({ pool: path.pool })
})
afterAll(() => path.close())
afterEach(async () => {
  path.sink.answer = () => 200
  path.sink.arrivals.length = 0
  await path.pool.query('UPDATE endpoint SET deleted_at = now() WHERE id = ANY($1::uuid[])', [endpointIds])
  await path.pool.query("UPDATE dead_letter SET state = 'discarded' WHERE state = 'open'")
  await path.pool.query('UPDATE workspace SET config_revision = config_revision + 1')
  endpointIds = []
  expect(await path.reconcile()).toMatchObject({ total: 0, differences: [], broken: [] })
})

/** `count` letters of one endpoint; answers the filter that finds exactly them. */
async function deadLetters(count: number, status = 400): Promise<{ endpoint: string }> {
  const type = `dead.${newUuid().slice(-8)}`
  const endpoint = await path.addEndpoint({ eventTypes: [type], retrySchedule: [] })
  endpointIds.push(endpoint)
  path.sink.answer = () => status
  await Promise.all(Array.from({ length: count }, () => path.send({ type, data: {} })))
  await eventually(
    async () =>
      (await path.pool.query("SELECT count(*)::int AS n FROM dead_letter WHERE endpoint_id = $1 AND state = 'open'", [endpoint])).rows[0]
        .n === count,
  )
  path.sink.answer = () => 200
  path.sink.arrivals.length = 0
  return { endpoint: publicId('endpoint', endpoint) }
}

const finished = (id: string) =>
  eventually(
    async () => {
      const replay = await replays.get(path.workspaceId, parsePublicId('replay', id)!)
      return replay.finishedAt === null ? undefined : replay
    },
    { timeoutMs: 20_000 },
  )

describe('a replay', () => {
  test('sends the frozen selection, counts it exactly, and ends when every resend has ended', async () => {
    const filter = await deadLetters(120)
    expect((await replays.preview(path.workspaceId, { filter })).total).toBe(120)
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'receiver is back', confirmCount: 120 }, actor)
    expect(body.state).toBe('preparing')
    expect(await finished(body.id)).toMatchObject({ state: 'completed', total: 120, sent: 120, fixed: 120, failedAgain: 0 })
    expect(path.sink.arrivals).toHaveLength(120)
    const { rows } = await path.pool.query(
      "SELECT reason, actor_name FROM audit_entry WHERE action = 'replay.start' ORDER BY id DESC LIMIT 1",
    )
    expect(rows[0]).toEqual({ reason: 'receiver is back', actor_name: 'on call' })
  })

  test('tells what failed again, with a new letter that points to the old one', async () => {
    const filter = await deadLetters(6)
    let n = 0
    path.sink.answer = () => (n++ % 3 === 0 ? 400 : 200)
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'try' }, actor)
    expect(await finished(body.id)).toMatchObject({ state: 'completed', total: 6, fixed: 4, failedAgain: 2 })
    const { rows } = await path.pool.query("SELECT previous_id FROM dead_letter WHERE endpoint_id = $1 AND state = 'open'", [
      endpointIds[0],
    ])
    expect(rows).toHaveLength(2)
    expect(rows.every((row) => row.previous_id !== null)).toBe(true)
  })

  test('keeps its pace', async () => {
    const filter = await deadLetters(20)
    const startedAt = performance.now()
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'slowly', pace: { perSecond: 20 } }, actor)
    await finished(body.id)
    expect(performance.now() - startedAt).toBeGreaterThan(800)
  })

  test('is aborted: what was not sent stays an open letter for the next one', async () => {
    const filter = await deadLetters(30)
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'slowly', pace: { perSecond: 10 } }, actor)
    const id = parsePublicId('replay', body.id)!
    await eventually(async () => (await replays.get(path.workspaceId, id)).sent >= 2)
    const aborted = await replays.abort(path.workspaceId, id, actor, 'enough')
    expect(aborted.state).toBe('aborted')
    await expect(replays.abort(path.workspaceId, id, actor, null)).rejects.toMatchObject({ code: 'conflict' })
    const left = (await replays.preview(path.workspaceId, { filter })).total
    expect(left).toBe(30 - aborted.sent)
    const rest = await replays.start(path.workspaceId, { filter, reason: 'the rest' }, actor)
    expect(await finished(rest.body.id)).toMatchObject({ state: 'completed', fixed: left })
  })

  test('stops by itself when a canary fails again', async () => {
    const filter = await deadLetters(10)
    path.sink.answer = () => 400
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'carefully', canary: { perCause: 1 } }, actor)
    expect(await finished(body.id)).toMatchObject({ state: 'stopped', sent: 1, failedAgain: 1 })
    expect(path.sink.arrivals).toHaveLength(1)
  })

  test('goes on with the rest when the canaries got through', async () => {
    const filter = await deadLetters(10)
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'carefully', canary: { perCause: 2 } }, actor)
    expect(await finished(body.id)).toMatchObject({ state: 'completed', fixed: 10 })
  })

  test('is resumed where it stood when its worker dies', async () => {
    const filter = await deadLetters(60)
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'slowly', pace: { perSecond: 40 } }, actor)
    const id = parsePublicId('replay', body.id)!
    await eventually(async () => (await replays.get(path.workspaceId, id)).sent >= 5)
    // Its row as a dead process would leave it.
    const { rows } = await path.pool.query(
      "INSERT INTO process (id, name, roles, pid, host, version, ended_at) VALUES (gen_random_uuid(), 'gone', '{}', 1, 'h', 'v', now()) RETURNING id",
    )
    await eventually(
      async () =>
        (
          await path.pool.query(
            "UPDATE outbox SET leased = true, lease_owner = $2, dispatches = dispatches + 1, starts = starts + 1 WHERE id = $1 AND kind = 'replay' AND lease_owner IS NULL",
            [id, rows[0].id],
          )
        ).rowCount === 1,
    )
    expect(await finished(body.id)).toMatchObject({ state: 'completed', total: 60, fixed: 60 })
    expect(new Set(path.sink.arrivals.map((arrival) => arrival.id)).size).toBe(60)
    expect(path.sink.arrivals).toHaveLength(60)
  })

  test('is refused when another number matches than was confirmed, and the same key starts it once', async () => {
    const filter = await deadLetters(3)
    await expect(replays.start(path.workspaceId, { filter, reason: 'x', confirmCount: 4 }, actor)).rejects.toMatchObject({
      code: 'conflict',
    })
    const key = { route: 'POST /replays', key: newUuid(), requestHash: Buffer.from('x') }
    const first = await replays.start(path.workspaceId, { filter, reason: 'x' }, actor, key)
    const second = await replays.start(path.workspaceId, { filter, reason: 'x' }, actor, key)
    expect(second).toMatchObject({ replayed: true, body: { id: first.body.id } })
    await finished(first.body.id)
  })
})

test('an edited copy is a new delivery, linked; the original is replaced', async () => {
  const filter = await deadLetters(1)
  const { rows } = await path.pool.query("SELECT id, delivery_id FROM dead_letter WHERE endpoint_id = $1 AND state = 'open'", [
    endpointIds[0],
  ])
  const sent = await replays.sendEdited(path.workspaceId, rows[0].id, { data: { mended: true }, reason: 'typo' }, actor)
  await eventually(() => path.sink.arrivals.length === 1)
  expect(path.sink.arrivals[0]).toMatchObject({ id: sent.deliveryId, body: { data: { mended: true } } })
  const copy = parsePublicId('delivery', sent.deliveryId!)!
  await eventually(async () => (await path.pool.query('SELECT state FROM delivery WHERE id = $1', [copy])).rows[0].state === 'delivered')
  const { rows: both } = await path.pool.query(
    'SELECT state, reason, generation, previous_id FROM delivery WHERE id = ANY($1::uuid[]) ORDER BY generation',
    [[copy, rows[0].delivery_id]],
  )
  expect(both).toEqual([
    { state: 'cancelled', reason: 'replaced', generation: 0, previous_id: null },
    { state: 'delivered', reason: null, generation: 1, previous_id: rows[0].delivery_id },
  ])
  expect((await replays.preview(path.workspaceId, { filter })).total).toBe(0)
})
