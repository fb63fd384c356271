import { describe, expect, it } from 'vitest'
import { trackIncidents, type IncidentState, type Seen } from './incident.rules.ts'

function tracker() {
  const state: IncidentState = { open: new Map(), pending: new Map() }
  let ids = 0
  return (atMs: number, nodes: Record<string, Seen['state']>) =>
    trackIncidents(
      state,
      new Map(Object.entries(nodes).map(([id, name]) => [id, { state: name, reason: `it is ${name}` }])),
      atMs,
      () => `i${++ids}`,
    )
}

describe('an incident', () => {
  it('begins when it was first seen, once it has lasted', () => {
    const look = tracker()
    expect(look(1_000, { mail: 'fail' })).toEqual({ opened: [], closed: [] })
    expect(look(2_000, { mail: 'fail' }).opened).toEqual([])
    expect(look(3_000, { mail: 'fail' }).opened).toMatchObject([
      { id: 'i1', nodeId: 'mail', state: 'fail', reason: 'it is fail', beganAtMs: 1_000 },
    ])
    expect(look(4_000, { mail: 'fail' })).toEqual({ opened: [], closed: [] })
  })

  it('that is over within moments was none', () => {
    const look = tracker()
    look(1_000, { mail: 'fail' })
    look(2_000, { mail: 'ok' })
    expect(look(3_500, { mail: 'fail' }).opened).toEqual([])
  })

  it('ends when its node was well again, and flickering is one', () => {
    const look = tracker()
    look(0, { mail: 'fail' })
    look(2_000, { mail: 'fail' })
    look(3_000, { mail: 'ok' })
    look(5_000, { mail: 'fail' })
    look(6_000, { mail: 'ok' })
    expect(look(10_000, { mail: 'ok' }).closed).toEqual([])
    expect(look(11_000, { mail: 'ok' }).closed).toEqual([{ id: 'i1', nodeId: 'mail', endedAtMs: 6_000 }])
  })

  it('of a pause begins at once; getting worse is the next one', () => {
    const look = tracker()
    expect(look(0, { 'queue:replay': 'paused' }).opened).toHaveLength(1)
    expect(look(1_000, { 'queue:replay': 'fail' })).toMatchObject({
      opened: [{ state: 'fail', beganAtMs: 1_000 }],
      closed: [{ endedAtMs: 1_000 }],
    })
  })

  it('of a node that is gone ends too; no data is none', () => {
    const look = tracker()
    look(0, { 'api:api-2': 'fail', redis: 'no-data' })
    look(2_000, { 'api:api-2': 'fail', redis: 'no-data' })
    look(3_000, {})
    expect(look(8_000, {})).toEqual({ opened: [], closed: [{ id: 'i1', nodeId: 'api:api-2', endedAtMs: 3_000 }] })
  })
})
