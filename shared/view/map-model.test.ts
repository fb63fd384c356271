import { describe, expect, it } from 'vitest'
import type { LiveQueue, LiveWorker, Snapshot } from '../contracts/live.ts'
import { foldCauses } from './map-causes.ts'
import { edgeWidth, wagonsOf } from './map-edges.ts'
import { formatBytes, formatRate, formatShare, formatTook } from './map-figures.ts'
import { mapModel } from './map-model.ts'
import { lineRows, neighboursOf, placeRows } from './map-table.ts'
import { passing, snapshot, worker, at } from './map-snapshot.fixture.ts'

const modelOf = (picture: Snapshot | null, ageMs = 300) => mapModel({ snapshot: picture, ageMs })

describe('places', () => {
  const place = (id: string, picture: Snapshot | null, ageMs?: number) => {
    const node = modelOf(picture, ageMs).nodes.get(id)
    if (!node) throw new Error(`no ${id}`)
    return { ...node, text: node.lines.map((pieces) => pieces.map(({ text }) => text).join('')) }
  }

  it('are grey without a picture, and where nothing was measured, never green', () => {
    for (const node of modelOf(null).nodes.values()) expect(node.state, node.id).toBe('none')
    expect(place('browsers', snapshot())).toMatchObject({ state: 'none', word: 'no data' })
    expect(place('kafka', snapshot())).toMatchObject({ state: 'none', word: 'not connected', text: ['not connected'] })
  })

  it('keep their figures in an old picture, but not their lamps', () => {
    expect(place('outbox', snapshot(), 8_001)).toMatchObject({ state: 'none', text: ['20,912 rows'] })
    expect(place('outbox', snapshot(), 34_000).reason).toBe('The picture is 34 s old, so this is not known any more.')
  })

  it('say what they measured', () => {
    expect(place('clients', snapshot())).toMatchObject({ state: 'ok', text: ['142/s sent'] })
    expect(place('redis', snapshot())).toMatchObject({ state: 'ok', text: ['212 of 1,024 MB'] })
    expect(place('relay', snapshot()).text).toEqual(['oldest 0.0 s'])
    expect(place('workers:delivery-email', snapshot())).toMatchObject({ title: '1 worker', text: ['2 of 8'], state: 'ok' })
  })

  it('tell a queue that is behind from one that is paused, empty of workers, or well', () => {
    const queue = (change: Partial<LiveQueue>) => place('queue:delivery-email', snapshot({}, { 'delivery-email': change }))
    expect(queue({ oldestAgeMs: 1_200 })).toMatchObject({ state: 'ok', word: 'within objective', text: ['1.2 s of 30 s'] })
    expect(queue({ oldestAgeMs: 304_000 })).toMatchObject({ state: 'fail', word: 'behind objective', text: ['5 m 04 s of 30 s'] })
    expect(queue({ state: 'paused', pausedBy: 'Ada', pausedReason: 'provider incident' })).toMatchObject({
      state: 'paused',
      reason: 'delivery-email is paused by Ada: provider incident',
    })
    expect(queue({ waiting: 3, workers: 0 })).toMatchObject({ state: 'fail', reason: 'No worker takes from delivery-email' })
  })

  it('judge providers by the share of attempts that fail', () => {
    const mail = (errorsPerSecond: number) => place('mail', snapshot({ measures: { 'provider.email': passing(10, { errorsPerSecond }) } }))
    expect(mail(0.4).state).toBe('ok')
    expect(mail(1)).toMatchObject({ state: 'warn', word: 'failing', reason: '10% of attempts at SMTP fail' })
    expect(mail(9)).toMatchObject({ state: 'fail', text: ['10/s', '90% fail'] })
  })

  it('say which process is stuck, gone or late', () => {
    const relay = (change: Partial<LiveWorker>) => place('relay', snapshot({ workers: [worker('worker-1', ['relay'], change)] }))
    expect(relay({ state: 'stuck' })).toMatchObject({ state: 'fail', word: 'stuck' })
    expect(relay({ lastSeenAt: '2026-11-20T14:31:56.000Z' }).reason).toBe('worker-1 was not seen for 12 s')
    expect(relay({ loopLagMs: 900 })).toMatchObject({ state: 'warn', reason: "worker-1's event loop is 900 ms late" })
    expect(place('relay', snapshot({ workers: [] })).state).toBe('fail')
  })

  it('show each instance of the API that reports', () => {
    const { topology, nodes } = modelOf(
      snapshot({ workers: [worker('api-10', ['api']), worker('api-2', ['api'])], measures: { 'api.api-2': passing(72) } }),
    )
    expect(topology.nodes.filter(({ processes }) => processes).map(({ title }) => title)).toEqual(['api-2', 'api-10'])
    expect(nodes.get('api:api-2')?.lines).toEqual([[{ text: '72/s' }]])
  })
})

describe('lines', () => {
  const line = (id: string, picture: Snapshot | null) => modelOf(picture).edges.get(id)

  it('are silent where nothing was measured, quiet where nothing passes now', () => {
    expect(line('kafka>validation', snapshot())).toMatchObject({ state: 'silent', label: { rate: 'no data' }, wagons: null })
    expect(line('clients>api:api-1', snapshot({ measures: { 'http.accept': passing(0, { p95Ms: null }) } }))).toMatchObject({
      state: 'quiet',
      label: { rate: '0/s', time: null },
      wagons: null,
    })
  })

  it('carry rate, time and errors only above zero', () => {
    expect(line('clients>api:api-1', snapshot())?.label).toEqual({ rate: '142/s', time: '12 ms', errors: null })
    const picture = snapshot({ measures: { 'provider.webhook': passing(152, { errorsPerSecond: 0.9, p95Ms: 310 }) } })
    expect(line('workers:delivery-webhook>endpoints', picture)?.label).toEqual({ rate: '152/s', time: '310 ms', errors: '0.6% fail' })
  })

  it('fail together with the provider they call', () => {
    const picture = snapshot({ measures: { 'provider.email': passing(10, { errorsPerSecond: 9 }) } })
    expect(line('workers:delivery-email>mail', picture)?.state).toBe('failing')
  })

  it('are as wide as their rate, in narrow bounds', () => {
    expect(edgeWidth(0)).toBe(1)
    expect(edgeWidth(9)).toBeCloseTo(1.7)
    expect(edgeWidth(1e9)).toBe(3.5)
  })

  it('run denser when more passes and slower when it takes longer', () => {
    expect(wagonsOf(0, 3)).toBeNull()
    expect(wagonsOf(1, 3)?.gapPx).toBe(60)
    expect(wagonsOf(50, 3)?.gapPx).toBe(20)
    expect(wagonsOf(5_000, 3)?.gapPx).toBe(8)
    const speed = (p95Ms: number | null) => wagonsOf(50, p95Ms)?.pxPerSecond ?? 0
    expect(speed(5)).toBeGreaterThan(speed(50))
    expect(speed(50)).toBeGreaterThan(speed(5_000))
    expect(speed(1e9)).toBeGreaterThanOrEqual(10)
  })
})

describe('the fold of causes', () => {
  it('says so when there are none', () => {
    expect(foldCauses(modelOf(snapshot()), snapshot())).toMatchObject({ causes: [], sentence: 'Everything is within objective.' })
    expect(foldCauses(modelOf(null), null).sentence).toContain('Nothing is known yet')
  })

  it('lays a full lane and a late queue at the door of the provider that fails', () => {
    const picture = snapshot(
      { measures: { 'provider.email': passing(10, { errorsPerSecond: 9.1 }) } },
      { 'delivery-email': { oldestAgeMs: 304_000, waiting: 18_564, busySlots: 8 } },
    )
    const fold = foldCauses(modelOf(picture), picture)
    expect(fold.title).toBe('1 cause, 2 effects')
    expect(fold.causes[0]?.node.id).toBe('mail')
    expect(fold.sentence).toBe(
      '91% of attempts at SMTP fail. So delivery-email falls behind and 8 of 8 slots of delivery-email are taken. Everything else is within objective.',
    )
  })

  it('shows a provider that is held with who and why, whatever passed it', () => {
    const picture = snapshot({
      providers: [{ key: 'webhook', state: 'held', heldAt: at, heldBy: 'Ada', heldReason: 'it times out', waiting: 0, held: 3 }],
    })
    expect(modelOf(picture).nodes.get('endpoints')).toMatchObject({
      state: 'paused',
      word: 'held',
      reason: 'All webhooks are held by Ada: it times out',
    })
  })

  it('takes a pause for its own cause, with the outbox as its effect', () => {
    const picture = snapshot({ outbox: { rows: 9, oldestDueMs: 60_000 } }, { 'delivery-webhook': { state: 'paused', oldestAgeMs: 60_000 } })
    const fold = foldCauses(modelOf(picture), picture)
    expect(fold.causes.map(({ node, effects }) => [node.id, effects.map(({ id }) => id)])).toEqual([['queue:delivery-webhook', ['outbox']]])
  })

  it('leaves dead letters out: they wait for a person whatever runs', () => {
    const calm = snapshot()
    const picture = { ...calm, workspace: { ...calm.workspace, openLetters: 12 } }
    expect(modelOf(picture).nodes.get('letters')?.state).toBe('warn')
    expect(foldCauses(modelOf(picture), picture).causes).toEqual([])
  })
})

describe('beside the picture', () => {
  it('what was seen but not declared is named', () => {
    expect(modelOf(snapshot({ measures: { 'provider.sms': passing(1), auth: passing(1) } })).undeclared).toEqual(['provider.sms'])
  })

  it('the table has every place and every line, with the words of the map', () => {
    const model = modelOf(snapshot())
    expect(placeRows(model).map(({ id }) => id)).toEqual([...model.nodes.keys()])
    expect(lineRows(model)).toHaveLength(model.edges.size)
    expect(lineRows(model, ['auth']).every(({ kind }) => kind === 'auth')).toBe(true)
    expect(placeRows(model).find(({ id }) => id === 'workers:replay')?.title).toBe('1 worker of replay')
    expect(lineRows(model).find(({ id }) => id === 'clients>api:api-1')).toMatchObject({
      from: 'API clients',
      to: 'api-1',
      rate: '142/s',
      p95: '12 ms',
    })
  })

  it('neighbours are what a line joins', () => {
    expect([...neighboursOf(modelOf(snapshot()), 'mail').nodes]).toEqual(['mail', 'workers:delivery-email'])
  })
})

it('figures are short', () => {
  expect([0, 0.01, 3.14, 142.2, 1_234, 14_200, 1_300_000].map(formatRate)).toEqual([
    '0/s',
    '<0.1/s',
    '3.1/s',
    '142/s',
    '1.2k/s',
    '14k/s',
    '1.3M/s',
  ])
  expect([0.42, 12.4, 1_240, 304_000].map(formatTook)).toEqual(['0.4 ms', '12 ms', '1.2 s', '5 m 04 s'])
  expect([0, 0.0004, 0.006, 0.91].map(formatShare)).toEqual(['0%', '<0.1%', '0.6%', '91%'])
  expect([512, 2_400, 212e6, 1.8e12].map(formatBytes)).toEqual(['512 B', '2.4 kB', '212 MB', '1.8 TB'])
})
