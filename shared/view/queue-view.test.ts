import { neverDrainsSeconds as neverSeconds } from '../drain.ts'
import { describe, expect, test } from 'vitest'
import { bulkActions, promoteMax } from '../contracts/job.ts'
import {
  becameOfLink,
  bulkActionsOf,
  concurrencyForecast,
  deadLettersLink,
  drainAt,
  drainOf,
  flowSentence,
  endpointOfLane,
  growthOf,
  promoteMost,
  rateForecast,
  slotsOf,
  timesObjective,
  worstFirst,
  type QueueFigures,
} from './queue-view.ts'

const queue: QueueFigures = {
  name: 'delivery-email',
  state: 'running',
  pausedBy: null,
  pausedReason: null,
  waiting: 18_564,
  active: 40,
  delayed: 2_214,
  oldestAgeMs: 304_000,
  objectiveMs: 30_000,
  arrivalPerSecond: 61,
  servicePerSecond: 37.2,
  inRedis: 2_938,
  inPostgres: 15_626,
  concurrency: 40,
  concurrencyMax: 64,
  busySlots: 40,
  ratePerSecond: null,
  workers: 2,
}

describe('drain', () => {
  test('is told by what is served more than arrives, and not promised otherwise', () => {
    expect(drainAt(0, null, null)).toBe(0)
    expect(drainAt(100, 30, 20)).toBe(10)
    expect(drainAt(101, 20, 20)).toBe(neverSeconds)
    expect(drainAt(1, 0.4, 0.4)).toBe(3)
    expect(drainAt(100, null, 20)).toBeNull()
    expect(drainOf(queue)).toBe('never')
    expect(drainOf({ ...queue, servicePerSecond: 61, arrivalPerSecond: 61 })).toBe('steady')
    expect(drainOf({ ...queue, arrivalPerSecond: 0 })).toBe('8 m 20 s')
    expect(drainOf({ ...queue, state: 'paused', arrivalPerSecond: 0 })).toBe('never')
  })

  test('grows or falls by so much', () => {
    expect(growthOf(queue)).toBe('+23.8')
    expect(growthOf({ ...queue, arrivalPerSecond: 0 })).toBe('−37.2')
    expect(growthOf({ ...queue, arrivalPerSecond: null })).toBeNull()
    expect(growthOf({ ...queue, waiting: 0 })).toBeNull()
  })
})

test('the sentence says what keeps it, and both forecasts', () => {
  expect(flowSentence(queue)).toBe(
    'All 40 slots are busy. It does not drain while more arrives than is served; if nothing more came, gone in about 8 m 20 s.',
  )
  expect(flowSentence({ ...queue, arrivalPerSecond: 17.2, busySlots: 3, waiting: 200 })).toBe(
    'At these rates gone in about 10 s, in 6.0 s if nothing more came.',
  )
  expect(flowSentence({ ...queue, waiting: 0 })).toBe('All 40 slots are busy. Nothing waits.')
  expect(flowSentence({ ...queue, state: 'paused', pausedBy: 'Ada', pausedReason: 'provider is down' })).toContain(
    'Paused by Ada: provider is down.',
  )
  expect(flowSentence({ ...queue, workers: 0 })).toContain('No live worker')
  expect(flowSentence({ ...queue, ratePerSecond: 20 })).toContain('It may hand over 20/s.')
})

test('levers say before and after', () => {
  expect(concurrencyForecast({ ...queue, arrivalPerSecond: 17.2 }, 80)).toBe(
    'Drains in: 15 m 29 s now, 5 m 25 s with 80, if the provider keeps up.',
  )
  expect(concurrencyForecast({ ...queue, busySlots: 3 }, 80)).toContain('would not make it faster')
  expect(concurrencyForecast({ ...queue, waiting: 0 }, 80)).toContain('Nothing waits')
  expect(rateForecast(queue, 20)).toBe('Drains in: never now, never at 20/s. 61/s arrive: what waits would grow by 41/s.')
  expect(rateForecast({ ...queue, waiting: 0 }, null)).toContain('without a rate')
})

test('the oldest age is set against the objective', () => {
  expect(timesObjective(queue)).toBe('10.1')
  expect(timesObjective({ oldestAgeMs: 10, objectiveMs: 1_000 })).toBeNull()
})

test('queues stand worst first', () => {
  const calm = { ...queue, name: 'calm', oldestAgeMs: 0, waiting: 3 }
  const idle = { ...queue, name: 'idle', oldestAgeMs: 0, waiting: 0 }
  expect(worstFirst([idle, calm, queue]).map(({ name }) => name)).toEqual(['delivery-email', 'calm', 'idle'])
})

test('slots are cells while they can be counted by eye', () => {
  expect(slotsOf({ concurrency: { q: 4 }, busy: { q: 1 } }, 'q')).toEqual({ all: 4, busy: 1, cells: [true, false, false, false] })
  expect(slotsOf({ concurrency: { q: 1_024 }, busy: { q: 9 } }, 'q')).toEqual({ all: 1_024, busy: 9, cells: null })
  expect(slotsOf({ concurrency: { q: 2 }, busy: null }, 'q')).toEqual({ all: 2, busy: null, cells: [false, false] })
})

test('many jobs can be moved only where the API lets them', () => {
  expect(bulkActionsOf('delivery-email', 'delayed').toSorted()).toEqual(bulkActions.toSorted())
  expect(bulkActionsOf('delivery-email', 'waiting')).toEqual(['promote', 'remove'])
  expect(bulkActionsOf('delivery-webhook', 'held')).toEqual(['remove'])
  for (const [queue, state] of [
    ['fan-out', 'active'],
    ['fan-out', 'dead'],
    ['replay', 'waiting'],
  ] as const)
    expect(bulkActionsOf(queue, state)).toEqual([])
  expect(promoteMost).toBe(promoteMax)
})

test('a job that is gone leads to what it was about', () => {
  expect(['dlv_1', 'evt_1', 'rpl_1', 'jop_1'].map(becameOfLink)).toEqual(['/deliveries/dlv_1', '/events/evt_1', '/replays/rpl_1', null])
})

test('what died in a queue is found among the letters', () => {
  expect(deadLettersLink('delivery-email')).toBe('/dead-letters?channel=email')
  expect(deadLettersLink('fan-out')).toBe('/dead-letters?kind=pipeline-fault')
  expect([endpointOfLane('end_1'), endpointOfLane('production'), endpointOfLane('')]).toEqual(['end_1', undefined, undefined])
})
