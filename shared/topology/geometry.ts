// Geometry of the map: pure, in world units. Used by the test that proves the layout, and by what draws it.
import type { Point, Rect } from './types.ts'

export interface Segment {
  a: Point
  b: Point
}

export function segmentsOf(points: readonly Point[]): Segment[] {
  return points.slice(1).map((b, index) => ({ a: points[index] as Point, b }))
}

export function isOrthogonal({ a, b }: Segment): boolean {
  return (a.x === b.x) !== (a.y === b.y)
}

export function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/** Runs through the inside; touching the border is no crossing. */
export function crossesRect({ a, b }: Segment, rect: Rect): boolean {
  const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)]
  const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)]
  return left < rect.x + rect.width && right > rect.x && top < rect.y + rect.height && bottom > rect.y
}

export function onBorder(point: Point, rect: Rect): boolean {
  const insideX = point.x >= rect.x && point.x <= rect.x + rect.width
  const insideY = point.y >= rect.y && point.y <= rect.y + rect.height
  const atX = point.x === rect.x || point.x === rect.x + rect.width
  const atY = point.y === rect.y || point.y === rect.y + rect.height
  return (insideX && atY) || (insideY && atX)
}

/** Two orthogonal segments that have any point in common. */
export function segmentsMeet(one: Segment, other: Segment): boolean {
  const [p, q] = [boxOf(one), boxOf(other)]
  return p.left <= q.right && q.left <= p.right && p.top <= q.bottom && q.top <= p.bottom
}

/** One goes across the other: not along it, and not from its end or bend. */
export function segmentsCross(one: Segment, other: Segment): boolean {
  if ((one.a.x === one.b.x) === (other.a.x === other.b.x)) return false
  const [upright, level] = one.a.x === one.b.x ? [boxOf(one), boxOf(other)] : [boxOf(other), boxOf(one)]
  return level.left < upright.left && upright.left < level.right && upright.top < level.top && level.top < upright.bottom
}

function boxOf({ a, b }: Segment): { left: number; right: number; top: number; bottom: number } {
  return { left: Math.min(a.x, b.x), right: Math.max(a.x, b.x), top: Math.min(a.y, b.y), bottom: Math.max(a.y, b.y) }
}

export function lengthOf(points: readonly Point[]): number {
  return segmentsOf(points).reduce((sum, { a, b }) => sum + Math.abs(a.x - b.x) + Math.abs(a.y - b.y), 0)
}

/** The SVG path through the points, corners rounded; a corner between two short pieces gets what fits. */
export function roundedPath(points: readonly Point[], radius = 10): string {
  const [first, ...rest] = points
  if (!first) return ''
  let path = `M${first.x} ${first.y}`
  rest.forEach((corner, index) => {
    const before = points[index] as Point
    const after = points[index + 2]
    if (!after) return void (path += `L${corner.x} ${corner.y}`)
    const r = Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2)
    const start = toward(corner, before, r)
    const end = toward(corner, after, r)
    path += `L${start.x} ${start.y}Q${corner.x} ${corner.y} ${end.x} ${end.y}`
  })
  return path
}

/** The point at a share of the way, 0 to 1. */
export function pointAt(points: readonly Point[], share: number): Point {
  let left = lengthOf(points) * share
  for (const { a, b } of segmentsOf(points)) {
    const length = distance(a, b)
    if (left <= length) return toward(a, b, left)
    left -= length
  }
  return points.at(-1) ?? { x: 0, y: 0 }
}

function distance(a: Point, b: Point): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y)
}

function toward(from: Point, to: Point, by: number): Point {
  return { x: from.x + Math.sign(to.x - from.x) * by, y: from.y + Math.sign(to.y - from.y) * by }
}
