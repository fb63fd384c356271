import { thresholdDefinitions } from '../topology/thresholds.ts'
import type { DeclaredNode } from '../topology/types.ts'

/** The thresholds that a place is judged by. */
export function thresholdIdsOf(node: DeclaredNode): string[] {
  const ids = idsOf(node)
  return thresholdDefinitions.map(({ id }) => id).filter((id) => ids.includes(id))
}

function idsOf(node: DeclaredNode): string[] {
  if (node.absent || !node.actions.includes('edit-thresholds')) return []
  if (node.kind === 'queue') return [`queue:${node.queue}`]
  if (node.kind === 'provider') return ['errors', 'provider']
  if (node.kind === 'stage') return ['errors']
  if (node.kind === 'client') return ['client']
  if (node.id === 'object-store') return ['errors']
  if (node.id === 'relay') return ['process', 'outbox']
  if (node.kind === 'process') return ['process']
  return [node.id]
}

/** '30 s' and '5%' as a person writes them: seconds and percent. */
export function limitToInput(value: number, unit: 'ms' | 'share'): number {
  return unit === 'share' ? Number((value * 100).toFixed(2)) : value / 1_000
}

export function limitFromInput(written: number, unit: 'ms' | 'share'): number {
  return unit === 'share' ? Number((written / 100).toFixed(6)) : Math.round(written * 1_000)
}

/** What PUT takes: only what differs from the defaults. */
export function changedLimits(
  limits: readonly { name: string; fallback: number }[],
  values: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    limits.flatMap(({ name, fallback }) => (values[name] === undefined || values[name] === fallback ? [] : [[name, values[name]]])),
  )
}
