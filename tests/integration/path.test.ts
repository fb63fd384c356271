import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cancelEvent, prepareEvent } from '#services/events/index.ts'
import { publicId } from '#shared/ids.ts'
import { eventually } from '../support/eventually.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'

let path: PathHarness
beforeAll(async () => {
  path = await openPath()
  await path.addWorkflow('welcome', 'user.joined', [
    { id: 'mail', type: 'channel', channel: 'email', template: { subject: 'Hello {{ data.name }}', text: 'Hi {{ recipient.id }}' } },
    {
      id: 'bell',
      type: 'channel',
      channel: 'in-app',
      template: { title: 'Welcome {{ data.name }}', body: 'In {{ workspace.name }}', url: '{{ data.url }}' },
    },
  ])
})
afterAll(() => path.close())
afterEach(async () => {
  path.sink.answer = () => 200
  path.sink.arrivals.length = 0
  // Whatever a test did: rows, counters and invariants agree.
  const report = await path.reconcile()
  expect(report).toMatchObject({ total: 0, differences: [], broken: [] })
})

describe('an accepted event', () => {
  test('becomes a mail and an inbox message, and is completed', async () => {
    const id = await path.send({
      type: 'user.joined',
      recipients: [{ id: 'u1', email: 'u1@example.test' }],
      data: { name: 'Ada', url: 'https://example.com/a' },
    })
    await path.ended(id)
    const mail = await eventually(
      async () => (await path.pool.query('SELECT * FROM caught_mail WHERE \'u1@example.test\' = ANY("to")')).rows[0],
    )
    expect(mail).toMatchObject({ subject: 'Hello Ada', workspace_id: path.workspaceId })
    const { rows } = await path.pool.query("SELECT content, sequence FROM notification WHERE event_id = $1 AND channel = 'in-app'", [id])
    expect(JSON.parse(rows[0].content)).toEqual({ title: 'Welcome Ada', body: 'In Test', url: 'https://example.com/a' })
    expect(rows[0].sequence).toBe(1)
    expect((await path.deliveries(id)).map((d) => d.state)).toEqual(['delivered', 'delivered'])
    expect((await path.pool.query("SELECT count(*)::int AS n FROM outbox WHERE kind NOT IN ('ballast', 'index')")).rows[0].n).toBe(0)
  })

  test('that nobody listens to ends unmatched', async () => {
    const id = await path.send({ type: 'nobody.cares', recipients: ['u1'], data: {} })
    await path.ended(id, 'unmatched')
  })

  test('suppresses what a preference forbids and what has no address', async () => {
    await path.pool.query('INSERT INTO recipient (workspace_id, id, email) VALUES ($1, $2, $3)', [
      path.workspaceId,
      'quiet',
      'quiet@example.test',
    ])
    await path.pool.query('INSERT INTO preference (workspace_id, recipient_id, document) VALUES ($1, $2, $3)', [
      path.workspaceId,
      'quiet',
      JSON.stringify({ channels: { email: false } }),
    ])
    const id = await path.send({ type: 'user.joined', recipients: ['quiet', 'no-address'], data: { name: 'B' } })
    await path.ended(id)
    const states = (await path.deliveries(id)).map((d) => `${d.recipient_id} ${d.channel} ${d.state}`)
    expect(states.sort()).toEqual([
      'no-address email suppressed',
      'no-address in-app delivered',
      'quiet email suppressed',
      'quiet in-app delivered',
    ])
  })

  test('whose template fails for one recipient goes out to the others; the letter is kept', async () => {
    await path.addWorkflow('picky', 'picky.event', [
      {
        id: 'bell',
        type: 'channel',
        channel: 'in-app',
        template: { title: '{% if recipient.id == "bad" %}{% for i in (1..100000000) %}x{% endfor %}{% endif %}Hi' },
      },
    ])
    const id = await path.send({ type: 'picky.event', recipients: ['good', 'bad'], data: {} })
    await path.ended(id)
    const byRecipient = Object.fromEntries((await path.deliveries(id)).map((d) => [d.recipient_id, d.state]))
    expect(byRecipient).toEqual({ good: 'delivered', bad: 'dead' })
    const { rows } = await path.pool.query('SELECT kind, delivery_id, state FROM dead_letter WHERE event_id = $1', [id])
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ kind: 'pipeline-fault', state: 'open' })
  })

  test('after its expiry is cancelled, and nothing is sent', async () => {
    const id = await path.send({ type: 'user.joined', recipients: ['u1'], data: { name: 'late' }, expiresAt: '2020-01-01T00:00:00Z' })
    await path.ended(id, 'cancelled')
    expect(await path.deliveries(id)).toEqual([])
  })

  test('with a schedule waits for it, and can be cancelled before', async () => {
    const id = await path.send({
      type: 'user.joined',
      recipients: ['u1'],
      data: { name: 'soon' },
      scheduledAt: new Date(Date.now() + 3_600_000).toISOString(),
    })
    expect(await path.eventState(id)).toBe('scheduled')
    const soon = await path.send({
      type: 'user.joined',
      recipients: ['u1'],
      data: { name: 'now' },
      scheduledAt: new Date(Date.now() + 400).toISOString(),
    })
    await path.ended(soon)
    await cancelEvent(path.pool, path.workspaceId, id)
    expect(await path.eventState(id)).toBe('cancelled')
    await expect(cancelEvent(path.pool, path.workspaceId, id)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('to a topic of 2,300 members and two named people reaches each once', async () => {
    await path.pool.query(
      "INSERT INTO recipient (workspace_id, id) SELECT $1, 'm' || i FROM generate_series(1, 2300) i ON CONFLICT DO NOTHING",
      [path.workspaceId],
    )
    await path.pool.query("INSERT INTO topic (workspace_id, key, name) VALUES ($1, 'big', 'Big'), ($1, 'small', 'Small')", [
      path.workspaceId,
    ])
    await path.pool.query(
      "INSERT INTO topic_member (workspace_id, topic_key, recipient_id) SELECT $1, 'big', 'm' || i FROM generate_series(1, 2300) i",
      [path.workspaceId],
    )
    await path.pool.query(
      "INSERT INTO topic_member (workspace_id, topic_key, recipient_id) SELECT $1, 'small', 'm' || i FROM generate_series(1, 50) i",
      [path.workspaceId],
    )
    await path.addWorkflow('broadcast', 'news.out', [{ id: 'bell', type: 'channel', channel: 'in-app', template: { title: 'News' } }])
    const id = await path.send({ type: 'news.out', recipients: ['m7', { topic: 'small' }, { topic: 'big' }, 'outsider'], data: {} })
    await path.ended(id)
    const { rows } = await path.pool.query(
      'SELECT count(*)::int AS all, count(DISTINCT recipient_id)::int AS people FROM delivery WHERE event_id = $1',
      [id],
    )
    expect(rows[0]).toEqual({ all: 2301, people: 2301 })
  })

  test('brings newer inline fields of a recipient, never older ones', async () => {
    const id = await path.send({ type: 'user.joined', recipients: [{ id: 'inline', email: 'first@example.test' }], data: { name: 'x' } })
    await path.ended(id)
    await path.pool.query("UPDATE recipient SET email = 'newer@example.test', updated_at = now() + interval '1 hour' WHERE id = 'inline'")
    const again = await path.send({ type: 'user.joined', recipients: [{ id: 'inline', email: 'older@example.test' }], data: { name: 'y' } })
    await path.ended(again)
    expect((await path.pool.query("SELECT email FROM recipient WHERE id = 'inline'")).rows[0].email).toBe('newer@example.test')
    expect(
      (await path.pool.query("SELECT address FROM notification WHERE event_id = $1 AND channel = 'email'", [again])).rows[0].address,
    ).toBe('newer@example.test')
  })
})

describe('a webhook', () => {
  test('is signed, delivered once, and its event completed', async () => {
    const endpoint = await path.addEndpoint({ eventTypes: ['hook.*'] })
    const id = await path.send({ type: 'hook.fired', data: { n: 1 } })
    await path.ended(id)
    expect(path.sink.arrivals).toHaveLength(1)
    expect(path.sink.arrivals[0]!.body).toMatchObject({ type: 'hook.fired', data: { n: 1 }, eventId: publicId('event', id) })
    await path.pool.query('UPDATE endpoint SET deleted_at = now() WHERE id = $1', [endpoint])
    await path.pool.query('UPDATE workspace SET config_revision = config_revision + 1')
  })

  test('that fails is retried, dies with its letter, and is delivered by a replay with the same webhook-id', async () => {
    const endpoint = await path.addEndpoint({ eventTypes: ['dies.now'] })
    path.sink.answer = () => 500
    const id = await path.send({ type: 'dies.now', data: {} })
    await path.ended(id)
    const [delivery] = await path.deliveries(id)
    expect(delivery).toMatchObject({ state: 'dead', version: 3 })
    expect(new Set(path.sink.arrivals.map((arrival) => arrival.id)).size).toBe(1)
    const { rows: letters } = await path.pool.query(
      'SELECT id, kind, error_code, attempts, state FROM dead_letter WHERE delivery_id = $1',
      [delivery.id],
    )
    expect(letters).toMatchObject([{ kind: 'delivery-exhausted', error_code: 'http-500', attempts: 3, state: 'open' }])

    path.sink.answer = () => 200
    const { createReplays } = await import('#services/replays/index.ts')
    await createReplays({ pool: path.pool }).replayOne(
      path.workspaceId,
      letters[0].id,
      { kind: 'api-key', id: 'k', name: 'test' },
      'receiver healed',
    )
    await eventually(async () => (await path.deliveries(id))[0].state === 'delivered')
    expect(new Set(path.sink.arrivals.map((arrival) => arrival.id)).size).toBe(1)
    const { rows: after } = await path.pool.query('SELECT state, outcome FROM dead_letter WHERE delivery_id = $1', [delivery.id])
    expect(after).toEqual([{ state: 'replayed', outcome: 'fixed' }])
    expect((await path.pool.query('SELECT action, reason FROM audit_entry ORDER BY id DESC LIMIT 1')).rows[0]).toEqual({
      action: 'dead-letter.replay',
      reason: 'receiver healed',
    })
    await path.pool.query('UPDATE endpoint SET deleted_at = now() WHERE id = $1', [endpoint])
    await path.pool.query('UPDATE workspace SET config_revision = config_revision + 1')
  })

  test('answered 410 disables the endpoint; its deliveries are held, and released when it is enabled', async () => {
    const endpoint = await path.addEndpoint({ eventTypes: ['gone.now'] })
    path.sink.answer = () => 410
    const first = await path.send({ type: 'gone.now', data: { n: 1 } })
    await eventually(async () => (await path.deliveries(first))[0]?.state === 'held')
    await eventually(
      async () =>
        (await path.pool.query('SELECT state, disabled_reason FROM endpoint WHERE id = $1', [endpoint])).rows[0].state === 'disabled',
    )
    const second = await path.send({ type: 'gone.now', data: { n: 2 } })
    await eventually(async () => (await path.deliveries(second))[0]?.state === 'held')
    expect((await path.ledger()).deliveries.held).toBe(2)

    path.sink.answer = () => 200
    await path.pool.query("UPDATE endpoint SET state = 'enabled', disabled_at = NULL, failing_since = NULL WHERE id = $1", [endpoint])
    await path.pool.query('UPDATE workspace SET config_revision = config_revision + 1')
    await path.ended(first)
    await path.ended(second)
    expect((await path.ledger()).deliveries.held).toBe(0)
    await path.pool.query('UPDATE endpoint SET deleted_at = now() WHERE id = $1', [endpoint])
    await path.pool.query('UPDATE workspace SET config_revision = config_revision + 1')
  })

  test('goes only to endpoints of its audience, and to those without one', async () => {
    const all = await path.addEndpoint({ eventTypes: ['aud.x'], path: '/all' })
    const mine = await path.addEndpoint({ eventTypes: ['aud.x'], path: '/mine', audience: 'customer-1' })
    const other = await path.addEndpoint({ eventTypes: ['aud.x'], path: '/other', audience: 'customer-2' })
    const id = await path.send({ type: 'aud.x', data: {}, audience: 'customer-1' })
    await path.ended(id)
    const { rows } = await path.pool.query('SELECT endpoint_id FROM delivery WHERE event_id = $1', [id])
    expect(rows.map((row) => row.endpoint_id).sort()).toEqual([all, mine].sort())
    await path.pool.query('UPDATE endpoint SET deleted_at = now() WHERE id = ANY($1::uuid[])', [[all, mine, other]])
    await path.pool.query('UPDATE workspace SET config_revision = config_revision + 1')
  })
})

describe('many at once', () => {
  test('1,000 events share transactions, and each gets its own effect', async () => {
    const endpoint = await path.addEndpoint({ eventTypes: ['many.go'] })
    const ids = await Promise.all(Array.from({ length: 1_000 }, (_, n) => path.send({ type: 'many.go', data: { n } })))
    await eventually(
      async () =>
        (await path.pool.query("SELECT count(*)::int AS n FROM event WHERE type = 'many.go' AND state = 'completed'")).rows[0].n === 1_000,
      { timeoutMs: 120_000 },
    )
    expect(new Set(path.sink.arrivals.map((arrival) => arrival.id)).size).toBe(1_000)
    expect(new Set(ids).size).toBe(1_000)
    await path.pool.query('UPDATE endpoint SET deleted_at = now() WHERE id = $1', [endpoint])
    await path.pool.query('UPDATE workspace SET config_revision = config_revision + 1')
  })

  test('survive a Redis that forgets everything', async () => {
    const events = Array.from({ length: 300 }, (_, n) =>
      prepareEvent(path.workspaceId, { type: 'user.joined', recipients: [`flush-${n}`], data: { name: 'f' } }),
    )
    await path.acceptor.accept({ workspaceId: path.workspaceId, events })
    await path.redis.flushdb()
    await eventually(
      async () =>
        (
          await path.pool.query("SELECT count(*)::int AS n FROM event WHERE id = ANY($1::uuid[]) AND state = 'completed'", [
            events.map((event) => event.id),
          ])
        ).rows[0].n === 300,
      { timeoutMs: 120_000 },
    )
  })
})
