import { expect, it } from 'vitest'
import { topologyFor } from '../topology/index.ts'
import { walkFrom, type Direction } from './map-walk.ts'

const topology = topologyFor(['api-1', 'api-2'])
const walk = (from: string, ...ways: Direction[]) => ways.reduce((id, way) => walkFrom(topology, id, way), from)

it('walks an event from its client to its provider with one key', () => {
  expect(walk('clients', 'right')).toBe('api:api-1')
  expect(walk('validation', 'right')).toBe('postgres')
  expect(walk('relay', 'right')).toBe('queue:delivery-email')
  expect(walk('queue:delivery-email', 'right', 'right')).toBe('mail')
  expect(walk('mail', 'left', 'left', 'left')).toBe('relay')
})

it('goes up and down a column', () => {
  expect(walk('queue:fan-out', 'down', 'down', 'down', 'down')).toBe('queue:replay')
  expect(walk('auth', 'down', 'down')).toBe('validation')
  expect(walk('postgres', 'up', 'up')).toBe('relay')
})

it('stays where nothing lies ahead, and begins at the first place', () => {
  expect(walk('clients', 'left')).toBe('clients')
  expect(walk('nobody', 'right')).toBe('clients')
})

it('reaches every place with the arrow keys', () => {
  const reached = new Set(['clients'])
  for (const id of reached) for (const way of ['left', 'right', 'up', 'down'] as const) reached.add(walkFrom(topology, id, way))
  expect(topology.nodes.map(({ id }) => id).filter((id) => !reached.has(id))).toEqual([])
})
