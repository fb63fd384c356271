import { expect, it } from 'vitest'
import type { LiveHistory } from '../contracts/topology.ts'
import { mapModel } from './map-model.ts'
import { pastSnapshot } from './map-past.ts'
import { changeMarks, incidentBars, neighbourIncident, rateLine, shareOf, timeTicks } from './map-time.ts'

const at = (clock: string): string => `2026-11-20T${clock}.000Z`
const span = { fromMs: Date.parse(at('10:30:00')), toMs: Date.parse(at('14:30:00')) }
const incident = (id: string, began: string, ended: string | null, state: 'fail' | 'warn' | 'paused' = 'fail') => ({
  id,
  nodeId: 'queue:delivery-email',
  state,
  reason: 'It waits.',
  beganAt: at(began),
  endedAt: ended && at(ended),
})

it('moments stand where they are in the span, cut at its ends', () => {
  expect([at('10:30:00'), at('12:30:00'), at('20:00:00')].map((one) => shareOf(Date.parse(one), span))).toEqual([0, 0.5, 1])
})

it('an incident reaches to its end or to now, the worst lies on top, and labels never overlap', () => {
  const bars = incidentBars(
    [incident('a', '12:00:00', '12:30:00'), incident('b', '12:01:00', '12:40:00', 'paused'), incident('c', '14:00:00', null)],
    span,
    800,
    () => 'email',
  )
  expect(bars.map(({ id }) => id)).toEqual(['b', 'c', 'a'])
  expect(bars.find(({ id }) => id === 'c')?.to).toBe(1)
  expect(bars.filter(({ label }) => label !== null).map(({ id }) => id)).toEqual(['b', 'c'])
  expect(incidentBars([incident('old', '09:00:00', '09:30:00')], span, 800, String)).toEqual([])
})

it('goes from incident to incident, and not to the one it stands on', () => {
  const incidents = [incident('a', '12:00:00', null), incident('b', '13:00:00', null)]
  const from = (clock: string, way: 'before' | 'after') => neighbourIncident(incidents, Date.parse(at(clock)), way)
  expect(from('12:30:00', 'after')).toBe(Date.parse(at('13:00:00')))
  expect(from('13:00:00', 'before')).toBe(Date.parse(at('12:00:00')))
  expect(from('13:00:00', 'after')).toBeNull()
})

it('names what people changed, the newest first to have room', () => {
  const markers: LiveHistory['markers'] = ['13:00:00', '13:01:00'].map((clock, index) => ({
    id: String(index),
    at: at(clock),
    action: 'queue.pause',
    subject: { kind: 'queue', id: 'delivery-email' },
    by: 'Ada',
    reason: 'incident',
  }))
  const marks = changeMarks(markers, span, 800)
  expect(marks.map(({ label }) => label)).toEqual(['paused delivery-email', null])
  expect(marks[1]?.title).toBe('paused delivery-email, Ada: incident')
})

it('has a handful of round ticks', () => {
  expect(timeTicks(span, span.toMs).map(({ label }) => label)).toEqual(
    ['10:30', '11:00', '11:30', '12:00', '12:30', '13:00', '13:30', '14:00', '14:30'].slice(0, 9),
  )
  expect(timeTicks({ fromMs: span.toMs - 7 * 86_400_000, toMs: span.toMs }, span.toMs).length).toBeLessThanOrEqual(8)
})

it('breaks the line where nothing was measured', () => {
  expect(rateLine([2, null, 4]).line).toBe('M0.0000 0.5000M1.0000 0.0000')
  expect(rateLine([]).line).toBe('')
})

it('shows a past moment with the same map, and no letters, which were not counted then', () => {
  const snapshot = pastSnapshot(
    {
      at: at('12:00:00'),
      resolution: 10,
      measures: { 'http.accept': { ratePerSecond: 120, errorsPerSecond: 0, p50Ms: 3, p95Ms: 9 } },
      queues: [],
      states: {},
      figures: { 'process.api-1.lagMs': 3, 'process.worker-1.lagMs': 4, 'outbox.rows': 12 },
    },
    null,
  )
  const model = mapModel({ snapshot, ageMs: 0, past: true })
  expect(model.nodes.get('clients')).toMatchObject({ state: 'ok', lines: [[{ text: '120/s sent' }]] })
  expect(model.nodes.get('relay')?.state).toBe('ok')
  expect(model.nodes.get('letters')).toMatchObject({ state: 'none', word: 'no data' })
  expect(model.nodes.get('queue:replay')?.state).toBe('none')
  expect(model.nodes.get('redis')?.state).toBe('none')
})
