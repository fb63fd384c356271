import { describe, expect, it } from 'vitest'
import { workerState, type QueueFacts, type WorkerFacts } from './worker-state.rules.ts'

const worker = (change: Partial<WorkerFacts> = {}): WorkerFacts => ({
  roles: ['fan-out', 'delivery'],
  beatAgeMs: 900,
  stopping: false,
  upMs: 3_600_000,
  progressAgeMs: 60_000,
  concurrency: { 'fan-out': 8, 'delivery-email': 5 },
  busy: { 'fan-out': 0, 'delivery-email': 0 },
  held: {},
  requestsPerSecond: null,
  saysBusy: false,
  ...change,
})
const queue = (name: string, change: Partial<QueueFacts> = {}): QueueFacts => ({
  name,
  paused: false,
  inRedis: 0,
  handedAgeMs: 0,
  ...change,
})
const quiet = [queue('fan-out'), queue('delivery-email')]

describe('a worker', () => {
  it('with nothing to do is idle, not stuck, however long ago it did anything', () => {
    expect(workerState(worker({ progressAgeMs: null }), quiet)).toEqual({ state: 'idle', reason: 'Nothing waits for its queues.' })
    expect(workerState(worker(), [queue('fan-out'), queue('delivery-email', { paused: true, inRedis: 9, handedAgeMs: 60_000 })])).toEqual({
      state: 'idle',
      reason: 'Nothing waits for it; delivery-email is paused.',
    })
  })

  it('that does not take what lies before it is stuck, alive as it is', () => {
    const waiting = [queue('fan-out', { inRedis: 12, handedAgeMs: 14_000 }), queue('delivery-email')]
    expect(workerState(worker(), waiting)).toEqual({
      state: 'stuck',
      reason: '12 rows wait for fan-out since 14 s, and it takes none although 8 of 8 slots are free.',
    })
    // It has just finished something: it will come to it. Or all of its slots are in use. Or it is not its queue.
    expect(workerState(worker({ progressAgeMs: 2_000 }), waiting).state).toBe('idle')
    expect(workerState(worker({ busy: { 'fan-out': 8 } }), waiting)).toEqual({
      state: 'working',
      reason: 'Busiest with fan-out: 8 of 8 slots.',
    })
    expect(workerState(worker({ concurrency: { replay: 2 } }), waiting).state).toBe('idle')
  })

  it('that holds work and gets nowhere is stuck', () => {
    expect(workerState(worker({ held: { 'delivery-email': 3 }, progressAgeMs: 31_000 }), quiet)).toEqual({
      state: 'stuck',
      reason: 'It holds 3 rows of delivery-email and has finished nothing for 31 s.',
    })
    expect(workerState(worker({ held: { 'delivery-email': 3 }, progressAgeMs: 5_000 }), quiet).state).toBe('working')
  })

  it('whose heart has stopped is stuck, and says what becomes of its work', () => {
    expect(workerState(worker({ beatAgeMs: 12_000, held: { 'fan-out': 1 } }), quiet)).toEqual({
      state: 'stuck',
      reason: 'No heartbeat for 12 s; what it held (1 row) is given to others.',
    })
  })

  it('that was asked to stop is stopping', () => {
    expect(workerState(worker({ stopping: true, held: { 'fan-out': 2 } }), quiet)).toEqual({
      state: 'stopping',
      reason: 'It was asked to stop and finishes 2 rows.',
    })
  })
})

describe('an API process', () => {
  it('works while it is asked', () => {
    const api = worker({ roles: ['api'], concurrency: {}, busy: {}, progressAgeMs: null })
    expect(workerState({ ...api, requestsPerSecond: 12.5 }, quiet)).toEqual({
      state: 'working',
      reason: 'It answers 12.5 requests a second.',
    })
    expect(workerState(api, quiet)).toEqual({ state: 'idle', reason: 'It is ready for requests.' })
    expect(workerState({ ...api, busy: null, saysBusy: true }, quiet).state).toBe('working')
    expect(workerState({ ...api, requestsPerSecond: 0 }, quiet)).toEqual({ state: 'idle', reason: 'Nobody asks.' })
  })
})
