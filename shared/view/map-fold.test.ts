import { describe, expect, it } from 'vitest'
import { crossesRect, overlap, segmentsOf } from '../topology/geometry.ts'
import { topologyFor, world } from '../topology/index.ts'
import { createFoldMemory, foldableLanes, foldModel, quietLanes, stayOpenMs, strip } from './map-fold.ts'
import { mapModel } from './map-model.ts'
import { passing, snapshot } from './map-snapshot.fixture.ts'

const silent = { 'http.accept': passing(142) }
const still = (...[change, changed]: Parameters<typeof snapshot>) => snapshot({ measures: silent, ...change }, changed)
const modelOf = (picture = still()) => mapModel({ snapshot: picture, ageMs: 0 })

describe('the strip', () => {
  it('stands where nothing else does', () => {
    const { areas, nodes, edges } = topologyFor(['api-1', 'api-2'])
    expect([...areas, ...nodes].filter((one) => overlap(one, strip)).map(({ id }) => id)).toEqual([])
    expect(edges.filter(({ points }) => segmentsOf(points).some((segment) => crossesRect(segment, strip))).map(({ id }) => id)).toEqual([])
    expect(strip.y + strip.height).toBeLessThan(world.height)
  })
})

describe('a lane is quiet', () => {
  it('while nothing passes, waits or is wrong in it, and the first one never', () => {
    const picture = still()
    expect(quietLanes(modelOf(picture), picture)).toEqual(['email', 'webhook', 'replay'])
  })
  it('not when something passes', () => {
    const picture = still({ measures: { ...silent, 'provider.webhook': passing(2) } })
    expect(quietLanes(modelOf(picture), picture)).toEqual(['email', 'replay'])
  })
  it('not when something waits, or somebody paused it', () => {
    const waiting = still({}, { 'delivery-email': { waiting: 3 } })
    expect(quietLanes(modelOf(waiting), waiting)).toEqual(['webhook', 'replay'])
    const paused = still({}, { replay: { state: 'paused' } })
    expect(quietLanes(modelOf(paused), paused)).toEqual(['email', 'webhook'])
  })
  it('nor when nobody knows', () => {
    const picture = still()
    expect(quietLanes(mapModel({ snapshot: picture, ageMs: 60_000 }), picture)).toEqual([])
    expect(quietLanes(mapModel({ snapshot: null, ageMs: 0 }), null)).toEqual([])
  })
})

it('folds at once what was never seen to matter, and what did only when it has been quiet for long', () => {
  const remember = createFoldMemory()
  const all = ['email', 'webhook']
  expect(remember(['email'], all, 0)).toEqual(['email'])
  expect(remember(['email', 'webhook'], all, 1_000)).toEqual(['email'])
  expect(remember(['email', 'webhook'], all, stayOpenMs)).toEqual(['email', 'webhook'])
  expect(remember(['webhook'], all, stayOpenMs + 1)).toEqual(['webhook'])
  expect(remember(['email', 'webhook'], all, stayOpenMs + 2)).toEqual(['webhook'])
})

it('leaves folded lanes out of the picture with their places and lines, and names them', () => {
  const whole = modelOf()
  const { model, folded } = foldModel(whole, ['email', 'replay'])
  expect(folded.map(({ id, title, places }) => `${id} ${title} ${places}`)).toEqual(['email Email 3', 'replay Replays 2'])
  expect(model.topology.areas.map(({ id }) => id)).not.toContain('email')
  expect(model.topology.nodes.map(({ id }) => id)).toContain('endpoints')
  for (const id of ['queue:delivery-email', 'mail', 'workers:replay']) expect(model.topology.nodes.map((node) => node.id)).not.toContain(id)
  const ids = new Set(model.topology.nodes.map(({ id }) => id))
  expect(model.topology.edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true)
  expect(model.nodes.get('mail')?.title).toBe('SMTP')
  expect(foldModel(whole, []).model).toBe(whole)
  expect(foldableLanes(whole)).toEqual(['email', 'webhook', 'replay'])
})
