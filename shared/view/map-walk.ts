// Arrow keys on the map: along a line where one goes that way, else to the nearest place there.
import type { DeclaredNode, Topology } from '../topology/types.ts'

export type Direction = 'left' | 'right' | 'up' | 'down'

/** Id of the place to go to; the same one at the border of the map. */
export function walkFrom(topology: Topology, id: string, direction: Direction): string {
  const here = topology.nodes.find((node) => node.id === id)
  if (!here) return topology.nodes[0]?.id ?? id
  const joined = new Set(topology.edges.flatMap(({ from, to }) => (from === id ? [to] : to === id ? [from] : [])))
  const ahead = topology.nodes.filter((node) => node.id !== id && isAhead(here, node, direction))
  const level = direction === 'left' || direction === 'right'
  // Up and down stay in a column: a line that goes that way is no better than the place right below.
  const choice = level ? ahead.filter((node) => joined.has(node.id)) : []
  const candidates = choice.length ? choice : ahead
  return candidates.reduce((best, node) => (cost(here, node, level) < cost(here, best, level) ? node : best), candidates[0] ?? here).id
}

const middle = ({ x, y, width, height }: DeclaredNode) => ({ x: x + width / 2, y: y + height / 2 })

function isAhead(here: DeclaredNode, there: DeclaredNode, direction: Direction): boolean {
  if (direction === 'right') return there.x >= here.x + here.width - 10
  if (direction === 'left') return there.x + there.width <= here.x + 10
  if (direction === 'down') return there.y >= here.y + here.height - 10
  return there.y + there.height <= here.y + 10
}

/** Straight ahead first: what lies aside counts three times. */
function cost(here: DeclaredNode, there: DeclaredNode, level: boolean): number {
  const [a, b] = [middle(here), middle(there)]
  const [dx, dy] = [Math.abs(a.x - b.x), Math.abs(a.y - b.y)]
  return level ? dx + 3 * dy : dy + 3 * dx
}
