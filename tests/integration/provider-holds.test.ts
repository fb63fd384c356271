// A provider that an operator holds: nothing goes out through it, nothing is lost, and what waited goes out in lanes when it is released.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createProviders } from '#services/providers/index.ts'
import { holdProviderDeliveries } from '#services/delivery/index.ts'
import { createExplain } from '#services/explain/index.ts'
import { wakeRelay } from '#services/outbox/index.ts'
import type { Channel } from '#shared/contracts/event.ts'
import { publicId } from '#shared/ids.ts'
import { eventually } from '../support/eventually.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'

const ada = { kind: 'operator', id: 'opr_1', name: 'Ada' } as const
const reason = 'the mail server times out'
let path: PathHarness
let providers: ReturnType<typeof createProviders>

beforeAll(async () => {
  path = await openPath({ retrySchedule: '3600' })
  providers = createProviders({ pool: path.pool, holdWaiting: holdProviderDeliveries, wakeRelay })
  const step = (channel: string) => ({
    id: channel,
    type: 'channel',
    channel,
    template: channel === 'email' ? { subject: 'S', text: 'T' } : { title: 'T', body: 'B' },
  })
  await path.addWorkflow('mail', 'to.mail', [step('email')])
  await path.addWorkflow('bell', 'to.bell', [step('in-app')])
  await path.addEndpoint({ eventTypes: ['to.hook'] })
  await path.pool.query("INSERT INTO recipient (workspace_id, id, email) VALUES ($1, 'u1', 'u1@example.test')", [path.workspaceId])
})
afterAll(() => path.close())
afterEach(async () => {
  for (const key of ['email', 'webhook', 'in-app'] as const) await release(key)
  path.sink.answer = () => 200
  path.sink.arrivals.length = 0
  await eventually(async () => (await path.ledger()).deliveries.held === 0)
  expect(await path.reconcile()).toMatchObject({ total: 0, differences: [], broken: [] })
})

const hold = (key: Channel) => providers.hold(path.workspaceId, key, ada, reason)
const release = (key: Channel) => providers.release(path.workspaceId, key, ada, 'it answers again')
const send = (type: string) => path.send({ type, data: {}, recipients: type === 'to.hook' ? [] : ['u1'] })
const stateOf = async (id: string) => (await path.deliveries(id))[0]?.state
const mails = async () => (await path.pool.query('SELECT count(*)::int AS n FROM caught_mail')).rows[0].n as number

test.each([
  ['email', 'to.mail'],
  ['webhook', 'to.hook'],
  ['in-app', 'to.bell'],
] as const)('what comes while %s is held waits with who and why, and goes out when it is released', async (key, type) => {
  expect(await hold(key)).toMatchObject({ state: 'held', heldBy: 'Ada', heldReason: reason })
  const ids = [await send(type), await send(type), await send(type)]
  for (const id of ids) await eventually(async () => (await stateOf(id)) === 'held')
  expect((await path.deliveries(ids[0]!))[0]).toMatchObject({ version: 0, reason: `provider held: ${reason}` })
  expect((await path.ledger()).deliveries).toMatchObject({ held: 3, unaccounted: 0 })
  expect(await providers.list()).toMatchObject({
    items: expect.arrayContaining([expect.objectContaining({ key, state: 'held', held: 3, waiting: 0 })]),
  })
  expect(path.sink.arrivals).toHaveLength(0)

  expect(await release(key)).toMatchObject({ state: 'running', heldBy: null })
  for (const id of ids) await path.ended(id)
  expect((await path.deliveries(ids[0]!))[0]).toMatchObject({ state: 'delivered', version: 1 })
})

test('only its own channel waits', async () => {
  await hold('email')
  const bell = await send('to.bell')
  const hook = await send('to.hook')
  await path.ended(bell)
  await path.ended(hook)
})

test('what waits already is held with the switch, what is being sent ends as it ends', async () => {
  let answer: (status: number) => void = () => {}
  path.sink.answer = () => new Promise((resolve) => (answer = resolve))
  const sending = await send('to.hook')
  await eventually(() => path.sink.arrivals.length === 1)
  path.sink.answer = () => 500
  const retrying = await send('to.hook')
  await eventually(async () => (await stateOf(retrying)) === 'retrying')
  await hold('webhook')
  expect(await stateOf(retrying)).toBe('held')
  answer(200)
  await path.ended(sending)
  path.sink.answer = () => 200
  await release('webhook')
  await path.ended(retrying)
})

test('a worker that read its rows before the hold opens nothing after it', async () => {
  // Its route is of before: only the statement that opens the attempt knows.
  const before = await mails()
  const original = path.pool.query.bind(path.pool)
  await original("INSERT INTO provider_hold (provider, held_by, reason) VALUES ('email', 'Ada', 'x')")
  const id = await send('to.mail')
  // It is looked at again and again, and never sent; with the revision, it is held.
  await eventually(async () => {
    const { rows } = await original('SELECT starts + dispatches AS n FROM outbox o JOIN delivery d ON d.id = o.id WHERE d.event_id = $1', [
      id,
    ])
    return (rows[0]?.n ?? 0) >= 3
  })
  expect(await mails()).toBe(before)
  await original('UPDATE workspace SET config_revision = config_revision + 1')
  await eventually(async () => (await stateOf(id)) === 'held')
})

test('held twice keeps who did it first; each change leaves one entry with its reach', async () => {
  path.sink.answer = () => 500
  const id = await send('to.hook')
  await eventually(async () => (await stateOf(id)) === 'retrying')
  const webhook = async () => (await providers.list()).items.find((item) => item.key === 'webhook')
  await eventually(async () => expect(await webhook()).toMatchObject({ state: 'running', waiting: 1, held: 0 }))
  await hold('webhook')
  await providers.hold(path.workspaceId, 'webhook', { ...ada, name: 'Grace' }, 'again')
  expect(await webhook()).toMatchObject({ heldBy: 'Ada', heldReason: reason, waiting: 0, held: 1 })
  path.sink.answer = () => 200
  await release('webhook')
  await release('webhook')
  await path.ended(id)
  const { rows } = await path.pool.query(
    "SELECT action, reason, details FROM audit_entry WHERE subject_kind = 'provider' AND subject_id = 'webhook' ORDER BY id DESC LIMIT 2",
  )
  expect(rows).toEqual([
    { action: 'provider.release', reason: 'it answers again', details: { held: 1 } },
    { action: 'provider.hold', reason, details: { held: 1 } },
  ])
})

test('explain says who holds it and why', async () => {
  await hold('email')
  const id = await send('to.mail')
  await eventually(async () => (await stateOf(id)) === 'held')
  const answer = await createExplain({ pool: path.pool }).explain(
    path.workspaceId,
    { recipient: 'u1', event: publicId('event', id) },
    { masked: false },
  )
  expect(answer.sentence).toContain(`is held: provider email is held by Ada (${reason}) since `)
  expect(answer.sentence).toContain('it goes out when somebody releases it')
})
