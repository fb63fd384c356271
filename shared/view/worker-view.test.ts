import { describe, expect, it } from 'vitest'
import type { LiveWorker } from '../contracts/live.ts'
import { fullestSlots, listWorkers, rangeOf, rolesOf, workerLamp, workersSummary } from './worker-view.ts'

function worker(name: string, roles: string[], change: Partial<LiveWorker> = {}): LiveWorker {
  const at = '2026-11-20T14:32:08.000Z'
  return {
    ...{ id: `prc_${name}`, name, roles, pid: 1, host: 'box', version: '1', startedAt: at, lastSeenAt: at, state: 'idle', reason: '' },
    ...{ loopLagMs: 0, rssBytes: 1, concurrency: {}, busy: null, lastProgressAt: null, cpuShare: null },
    ...change,
  }
}
const all = [worker('api-1', ['api']), worker('worker-10', ['relay', 'fan-out']), worker('worker-2', ['delivery'])]

describe('the sentence about all processes', () => {
  it('says that all is well, or who is stuck and what nobody does', () => {
    expect(workersSummary({ workers: all }, false)).toEqual({ lamp: 'ok', sentence: 'All 3 processes of this instance are well.' })
    const stuck = [all[0]!, all[1]!, worker('worker-2', ['delivery'], { state: 'stuck' })]
    expect(workersSummary({ workers: stuck }, false)).toEqual({
      lamp: 'fail',
      sentence: '1 of 3 is stuck: worker-2. Nobody does this now: delivery.',
    })
  })

  it('proves nothing when the picture is old, and is not there without one', () => {
    expect(workersSummary({ workers: all }, true)?.lamp).toBe('none')
    expect(workersSummary(null, false)).toBeNull()
    expect(workerLamp({ state: 'working' }, true)).toBe('none')
  })
})

describe('the list', () => {
  it('has who is stuck first, then names in the order of their numbers', () => {
    const workers = [...all, worker('worker-3', ['delivery'], { state: 'stuck' })]
    expect(listWorkers({ workers }, { role: '', state: '' }).map(({ name }) => name)).toEqual([
      'worker-3',
      'api-1',
      'worker-2',
      'worker-10',
    ])
    expect(listWorkers({ workers }, { role: 'delivery', state: 'idle' }).map(({ name }) => name)).toEqual(['worker-2'])
    expect(rolesOf({ workers })).toEqual(['api', 'delivery', 'fan-out', 'relay'])
  })
})

describe('slots', () => {
  it('are said by the queue that is fullest', () => {
    const concurrency = { 'delivery-webhook': 1_024, 'delivery-email': 5 }
    expect(fullestSlots({ concurrency, busy: { 'delivery-webhook': 40, 'delivery-email': 4 } })).toEqual({
      queue: 'delivery-email',
      slots: 5,
      busy: 4,
    })
    expect(fullestSlots({ concurrency, busy: null })).toEqual({ queue: 'delivery-email', slots: 5, busy: null })
    expect(fullestSlots({ concurrency: {}, busy: {} })).toBeNull()
  })
})

it('a range that nobody offers is the first one', () => {
  expect(rangeOf('7d')).toBe('7d')
  expect(rangeOf('toString')).toBe('1h')
})
