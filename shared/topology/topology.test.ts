// The layout is proven, not looked at: what would read badly fails here.
import { describe, expect, it } from 'vitest'
import { channels } from '../contracts/event.ts'
import { queueNames } from '../jobs/queues.ts'
import { crossesRect, isOrthogonal, onBorder, overlap, roundedPath, segmentsCross, segmentsMeet, segmentsOf } from './geometry.ts'
import { declaredEdges, declaredNodes, topologyFor, world } from './index.ts'
import {
  apiMeasure,
  indexMeasure,
  lettersMeasure,
  objectStoreMeasure,
  providerMeasure,
  queueMeasures,
  relayMeasure,
  requestMeasures,
  retriesMeasure,
  routesCacheMeasure,
  searchMeasure,
  storeMeasures,
} from './measures.ts'
import type { DeclaredEdge, Point, Rect } from './types.ts'

const instances = [[], ['api-1'], ['api-1', 'api-2'], ['api-1', 'api-2', 'api-3', 'api-4']]

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((one, index) => items.slice(index + 1).map((other): [T, T] => [one, other]))
}
const inside = (inner: Rect, outer: Rect): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height

describe.each(instances)('the map with %s', (...names) => {
  const { areas, nodes, edges } = topologyFor(names.filter(Boolean))
  const node = (id: string) => nodes.find((one) => one.id === id)
  const area = (id: string | null | undefined) => areas.find((one) => one.id === id)

  it('has at most 60 places, each once', () => {
    expect(nodes.length).toBeLessThanOrEqual(60)
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length)
    expect(new Set(edges.map(({ id }) => id)).size).toBe(edges.length)
  })

  it('lays no place over another, and every place into the world and its area', () => {
    expect(
      pairs(nodes)
        .filter(([a, b]) => overlap(a, b))
        .map(([a, b]) => `${a.id} ${b.id}`),
    ).toEqual([])
    expect(
      pairs(areas)
        .filter(([a, b]) => overlap(a, b))
        .map(([a, b]) => `${a.id} ${b.id}`),
    ).toEqual([])
    for (const one of nodes) {
      expect(inside(one, { x: 0, y: 0, ...world }), one.id).toBe(true)
      const around = area(one.area)
      if (around) expect(inside(one, around), one.id).toBe(true)
      else
        expect(
          areas.some((other) => overlap(one, other)),
          one.id,
        ).toBe(false)
    }
  })

  it('draws lines that are orthogonal and begin and end at their places', () => {
    for (const edge of edges) {
      for (const segment of segmentsOf(edge.points)) expect(isOrthogonal(segment), edge.id).toBe(true)
      const ends: [string, Point][] = [
        [edge.from, edge.points[0] as Point],
        [edge.to, edge.points.at(-1) as Point],
      ]
      for (const [id, point] of ends) {
        const place = node(id)
        expect(place, `${edge.id}: ${id}`).toBeDefined()
        const border = [place, area(place?.area)].some((rect) => rect && onBorder(point, rect))
        expect(border, `${edge.id} at ${id}`).toBe(true)
      }
    }
  })

  it('lets no line run through a place', () => {
    for (const edge of edges)
      for (const segment of segmentsOf(edge.points))
        for (const one of nodes) expect(crossesRect(segment, one), `${edge.id} through ${one.id}`).toBe(false)
  })

  it('lets no two lines cross; only lines with an end in common may run together', () => {
    const together = (a: DeclaredEdge, b: DeclaredEdge) => a.from === b.from || a.to === b.to
    for (const [a, b] of pairs(edges)) {
      const touch = together(a, b) ? segmentsCross : segmentsMeet
      const meet = segmentsOf(a.points).some((one) => segmentsOf(b.points).some((other) => touch(one, other)))
      expect(meet, `${a.id} and ${b.id}`).toBe(false)
    }
  })

  it('keeps labels off the places', () => {
    for (const { id, label } of edges) {
      if (!label) continue
      for (const one of nodes) expect(crossesRect({ a: label, b: label }, one), `${id} on ${one.id}`).toBe(false)
    }
  })
})

it('shows every queue and every measure that is declared', () => {
  const queues = declaredNodes.filter(({ kind }) => kind === 'queue').map(({ queue }) => queue)
  expect(queues.toSorted()).toEqual(queueNames.toSorted())
  const shown = new Set([...declaredNodes, ...declaredEdges].flatMap(({ measures }) => measures))
  const declared = [
    ...requestMeasures,
    ...queueMeasures,
    ...storeMeasures,
    apiMeasure('api-1'),
    relayMeasure,
    routesCacheMeasure,
    searchMeasure,
    indexMeasure,
    objectStoreMeasure,
    ...channels.flatMap((channel) => [providerMeasure(channel), retriesMeasure(channel)]),
    ...['pipeline', ...channels].map(lettersMeasure),
  ]
  expect(declared.filter((measure) => !shown.has(measure))).toEqual([])
  expect([...shown].filter((measure) => !declared.includes(measure))).toEqual([])
})

it('rounds corners by what fits', () => {
  expect(
    roundedPath([
      { x: 0, y: 0 },
      { x: 40, y: 0 },
      { x: 40, y: 12 },
    ]),
  ).toBe('M0 0L34 0Q40 0 40 6L40 12')
})
