import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '#platform/postgres/index.ts'
import { createReplays } from '#services/replays/index.ts'
import { readLettersOfCause } from '#services/replays/letter-edit.repository.ts'
import { nextLetters } from '#services/replays/replay.repository.ts'
import { newUuid, parsePublicId, publicId } from '#shared/ids.ts'
import { eventually } from '../support/eventually.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'

const actor = { kind: 'api-key' as const, id: 'key', name: 'on call' }
const seen = { masked: false }
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
  eventually(async () => {
    const replay = await replays.get(path.workspaceId, parsePublicId('replay', id)!, seen)
    return replay.finishedAt === null ? undefined : replay
  })

/** What the audit has about this, the oldest first. */
const audited = async (subjectId: string): Promise<string[]> => {
  const text = 'SELECT action, reason, actor_name AS by FROM audit_entry WHERE workspace_id = $1 AND subject_id = $2 ORDER BY id'
  const { rows } = await path.pool.query(text, [path.workspaceId, subjectId])
  return rows.map(({ action, reason, by }) => `${action} (${reason}) by ${by}`)
}

describe('a replay', () => {
  test('sends the frozen selection, counts it exactly, and ends when every resend has ended', async () => {
    const filter = await deadLetters(120)
    expect((await replays.preview(path.workspaceId, { filter })).total).toBe(120)
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'receiver is back', confirmCount: 120 }, actor)
    expect(body.state).toBe('preparing')
    expect(await finished(body.id)).toMatchObject({ state: 'completed', total: 120, sent: 120, fixed: 120, failedAgain: 0 })
    expect(path.sink.arrivals).toHaveLength(120)
    expect(await audited(body.id)).toEqual(['replay.start (receiver is back) by on call'])
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
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'slowly', pace: { perSecond: 2 } }, actor)
    const id = parsePublicId('replay', body.id)!
    await eventually(async () => (await replays.get(path.workspaceId, id, seen)).sent >= 2)
    const aborted = await replays.abort(path.workspaceId, id, actor, 'enough')
    expect(aborted.state).toBe('aborted')
    await expect(replays.abort(path.workspaceId, id, actor, null)).rejects.toMatchObject({ code: 'conflict' })
    expect(await audited(body.id)).toEqual(['replay.start (slowly) by on call', 'replay.abort (enough) by on call'])
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
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'slowly', pace: { perSecond: 6 } }, actor)
    const id = parsePublicId('replay', body.id)!
    await eventually(async () => (await replays.get(path.workspaceId, id, seen)).sent >= 5)
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
  expect(await audited(sent.id)).toEqual(['dead-letter.edit (typo) by on call'])
})

test('one letter is sent again at once, and the audit says who asked for it', async () => {
  await deadLetters(1)
  const { rows } = await path.pool.query("SELECT id FROM dead_letter WHERE endpoint_id = $1 AND state = 'open'", [endpointIds[0]])
  const sent = await replays.replayOne(path.workspaceId, rows[0].id, actor, 'it is back')
  await eventually(() => path.sink.arrivals.length === 1)
  const delivery = parsePublicId('delivery', sent.deliveryId!)!
  await eventually(
    async () => (await path.pool.query('SELECT state FROM delivery WHERE id = $1', [delivery])).rows[0].state === 'delivered',
  )
  await expect(replays.replayOne(path.workspaceId, rows[0].id, actor, 'once more')).rejects.toMatchObject({ code: 'conflict' })
  expect(await audited(sent.id)).toEqual(['dead-letter.replay (it is back) by on call'])
})

describe('a replay in steps', () => {
  const canary = { perCause: 1, steps: [3, 5] }

  test('goes wider only when the step before got through, and counts each step', async () => {
    const filter = await deadLetters(12)
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'carefully', canary }, actor)
    const ended = await finished(body.id)
    expect(ended).toMatchObject({ state: 'completed', total: 12, fixed: 12, ahead: [] })
    expect(ended.stages.map(({ kind, size, sent, fixed, failedAgain }) => ({ kind, size, sent, fixed, failedAgain }))).toEqual([
      { kind: 'canary', size: 1, sent: 1, fixed: 1, failedAgain: 0 },
      { kind: 'step', size: 3, sent: 3, fixed: 3, failedAgain: 0 },
      { kind: 'step', size: 5, sent: 5, fixed: 5, failedAgain: 0 },
      { kind: 'rest', size: 3, sent: 3, fixed: 3, failedAgain: 0 },
    ])
    const times = ended.stages.map((stage) => [stage.startedAt, stage.endedAt!]).flat()
    expect(times).toEqual([...times].sort())
  })

  test('stops itself when the same cause returns, and goes on from the canary when it is resumed', async () => {
    const filter = await deadLetters(12)
    // The canary gets through; in the step after it one meets the same answer again.
    path.sink.answer = () => (path.sink.arrivals.length === 3 ? 400 : 200)
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'carefully', canary }, actor)
    const id = parsePublicId('replay', body.id)!
    const stopped = await finished(body.id)
    expect(stopped).toMatchObject({ state: 'stopped', sent: 4, fixed: 3, failedAgain: 1, newCause: 0 })
    expect(stopped.stopReason).toContain('The same cause came back')
    expect(stopped.stages).toHaveLength(2)
    expect(path.sink.arrivals).toHaveLength(4)
    path.sink.answer = () => 200
    // A worker may have it already.
    const resumed = await replays.resume(path.workspaceId, id, actor, 'mended')
    expect(resumed).toMatchObject({ state: expect.stringMatching(/^(preparing|running|completed)$/), stopReason: null })
    await expect(replays.resume(path.workspaceId, id, actor, 'again')).rejects.toMatchObject({ code: 'conflict' })
    const ended = await finished(body.id)
    // The one that failed again is a new letter, made after the cutoff: not part of this replay.
    expect(ended).toMatchObject({ state: 'completed', total: 12, sent: 12, fixed: 11, failedAgain: 1 })
    expect(ended.stages.map(({ round, kind, size }) => [round, kind, size])).toEqual([
      [1, 'canary', 1],
      [1, 'step', 3],
      [2, 'canary', 1],
      [2, 'step', 3],
      [2, 'step', 4],
    ])
    expect((await replays.preview(path.workspaceId, { filter })).total).toBe(1)
    await expect(replays.resume(path.workspaceId, id, actor, 'again')).rejects.toMatchObject({ code: 'conflict' })
    // What was refused is not there.
    expect(await audited(body.id)).toEqual(['replay.start (carefully) by on call', 'replay.resume (mended) by on call'])
  })

  test('tells a new cause from the old one: stops for it while it is being proven, but not in the rest', async () => {
    const filter = await deadLetters(4)
    path.sink.answer = () => 404
    const first = await replays.start(path.workspaceId, { filter, reason: 'carefully', canary: { perCause: 1 } }, actor)
    const stopped = await finished(first.body.id)
    expect(stopped).toMatchObject({ state: 'stopped', sent: 1, failedAgain: 1, newCause: 1 })
    expect(stopped.stopReason).toBe('1 letter of this step failed by a new cause')
    expect(stopped.stages).toMatchObject([{ kind: 'canary', failedAgain: 1, newCause: 1 }])
    // Now the canary of each of the two causes gets through, and one of the rest meets something else.
    path.sink.arrivals.length = 0
    path.sink.answer = () => (path.sink.arrivals.length === 3 ? 417 : 200)
    const second = await replays.start(path.workspaceId, { filter, reason: 'carefully', canary: { perCause: 1 } }, actor)
    expect(await finished(second.body.id)).toMatchObject({ state: 'completed', total: 4, fixed: 3, failedAgain: 1, newCause: 1 })
  })

  test('lets the results of a step stand before the next one begins', async () => {
    const filter = await deadLetters(2)
    const { body } = await replays.start(path.workspaceId, { filter, reason: 'x', canary: { perCause: 1, waitSeconds: 1 } }, actor)
    const { stages } = await finished(body.id)
    expect(Date.parse(stages[1]!.startedAt) - Date.parse(stages[0]!.startedAt)).toBeGreaterThanOrEqual(1_000)
  })
})

describe('a patch over a cause', () => {
  test('shows what it would change, then sends edited copies, and leaves open what it does not fit', async () => {
    const type = `patched.${newUuid().slice(-8)}`
    const endpoint = await path.addEndpoint({ eventTypes: [type], retrySchedule: [] })
    endpointIds.push(endpoint)
    path.sink.answer = () => 400
    for (let n = 0; n < 12; n++) await path.send({ type, data: n < 10 ? { order: n, amount: 'ten' } : { other: n } })
    await eventually(
      async () =>
        (await path.pool.query("SELECT count(*)::int AS n FROM dead_letter WHERE endpoint_id = $1 AND state = 'open'", [endpoint])).rows[0]
          .n === 12,
    )
    path.sink.answer = () => 200
    path.sink.arrivals.length = 0
    const { rows } = await path.pool.query('SELECT cause_id FROM dead_letter WHERE endpoint_id = $1 LIMIT 1', [endpoint])
    const patch = [{ op: 'replace' as const, path: '/amount', value: 10 }]
    const preview = await replays.previewPatch(path.workspaceId, publicId('cause', rows[0].cause_id), patch)
    expect(preview).toMatchObject({ total: 12, checked: 12, applicable: 10, failing: 2, problems: [{ count: 2 }] })
    expect(preview.sample).toHaveLength(10)
    expect(preview.sample.at(-1)).toMatchObject({
      problem: null,
      changes: [{ path: '/amount', kind: 'changed', before: 'ten', after: 10 }],
    })
    expect(path.sink.arrivals).toHaveLength(0)
    const page = { before: null, limit: 12, bytes: 1 }
    expect(await readLettersOfCause(path.pool, path.workspaceId, rows[0].cause_id, page), 'one, however large').toHaveLength(1)
    const claimed = newUuid()
    const taken = await transaction(path.pool, async (client) => {
      await client.query('UPDATE dead_letter SET replay_id = $2 WHERE endpoint_id = $1', [endpoint, claimed])
      const sizes = await client.query('SELECT octet_length(snapshot) AS bytes FROM dead_letter WHERE replay_id = $1 ORDER BY id LIMIT 3', [
        claimed,
      ])
      const three = sizes.rows.reduce((sum, { bytes }) => sum + bytes, 0)
      const count = async (limit: number, bytes?: number) => (await nextLetters(client, { id: claimed }, null, { limit, bytes })).length
      const counts = [await count(50, 1), await count(50, three), await count(2, three), await count(50, 1_000_000), await count(50)]
      await client.query('UPDATE dead_letter SET replay_id = NULL WHERE endpoint_id = $1', [endpoint])
      return counts
    })
    expect(taken, 'no more than fit into a step, one at least').toEqual([1, 3, 2, 12, 12])
    const filter = { endpoint: publicId('endpoint', endpoint) }
    const { body } = await replays.start(path.workspaceId, { filter, patch, reason: 'amounts are numbers', canary: { perCause: 1 } }, actor)
    expect(await finished(body.id)).toMatchObject({ state: 'completed', total: 10, sent: 10, fixed: 10, refused: 2 })
    expect(path.sink.arrivals.map((arrival) => arrival.body.data.amount)).toEqual(Array.from({ length: 10 }, () => 10))
    expect((await replays.preview(path.workspaceId, { filter })).total).toBe(2)
  })
})

test('a preview counts what is stale, what could arrive twice, and the steps', async () => {
  const filter = await deadLetters(5)
  const ids = (
    await path.pool.query("SELECT id, delivery_id, event_id FROM dead_letter WHERE endpoint_id = $1 AND state = 'open' ORDER BY id", [
      endpointIds[0],
    ])
  ).rows
  await path.pool.query("UPDATE dead_letter SET reached = 'maybe' WHERE id = $1", [ids[0].id])
  await path.pool.query("UPDATE event SET expires_at = now() - interval '1 minute' WHERE id = $1", [ids[1].event_id])
  await path.pool.query(
    `INSERT INTO delivery (workspace_id, id, event_id, channel, source, endpoint_id, generation, previous_id, state)
     SELECT workspace_id, gen_random_uuid(), event_id, channel, source, endpoint_id, 1, id, 'delivered' FROM delivery WHERE id = $1`,
    [ids[2].delivery_id],
  )
  const preview = await replays.preview(path.workspaceId, {
    filter,
    pace: { perSecond: 2 },
    canary: { perCause: 1, steps: [2], waitSeconds: 3 },
  })
  expect(preview).toMatchObject({
    total: 5,
    duplicates: { maybeSent: 1, sentOtherwise: 1, total: 2 },
    stale: { count: 0, expired: 1 },
    stages: [
      { kind: 'canary', size: 1 },
      { kind: 'step', size: 2 },
      { kind: 'rest', size: 2 },
    ],
    estimatedSeconds: 9,
  })
  expect((await replays.preview(path.workspaceId, { filter, staleAfterHours: 0.000_000_1 })).stale.count).toBe(5)
  const safe = { ...filter, repeats: 'leave-out' as const, expired: 'leave-out' as const }
  expect((await replays.preview(path.workspaceId, { filter: safe })).total).toBe(2)
  await path.pool.query('DELETE FROM delivery WHERE generation = 1 AND previous_id = $1', [ids[2].delivery_id])
})

test('an edited copy that its channel cannot send is refused with the place', async () => {
  await deadLetters(1)
  const { rows } = await path.pool.query("SELECT id FROM dead_letter WHERE endpoint_id = $1 AND state = 'open'", [endpointIds[0]])
  await expect(
    replays.sendEdited(path.workspaceId, rows[0].id, { content: { subject: 'x' }, reason: 'typo' }, actor),
  ).rejects.toMatchObject({
    code: 'invalid',
    errors: [{ path: '/data' }],
  })
  await expect(
    replays.sendEdited(path.workspaceId, rows[0].id, { data: { text: 'x'.repeat(1_000_001) }, reason: 'typo' }, actor),
  ).rejects.toMatchObject({ code: 'invalid', errors: [{ path: '/data' }] })
})
