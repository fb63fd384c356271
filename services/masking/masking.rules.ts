// What those see who may only look, of things that are no payloads: rendered messages, addresses, errors. Pure.
import type { DeliveryView } from '#shared/contracts/event.ts'
import { Fault } from '#shared/fault.ts'
import { mask, redactText } from '#shared/redact.ts'

/** How much a caller gets to see. `masked`: without secrets and persons, for those who may only look. */
export interface Sight {
  masked: boolean
}

/** What is hidden whole: an address, or a text rendered for one person, of which nobody can tell which part is personal. */
export function hideText<T extends string | null>(text: T): T | typeof mask {
  return text ? mask : text
}

/** A rendered message: which parts it has, and nothing of what stands in them. */
export function hideContent(content: Record<string, unknown> | null): Record<string, unknown> | null {
  return content && Object.fromEntries(Object.entries(content).map(([name, value]) => [name, hidePart(value)]))
}

function hidePart(value: unknown): unknown {
  if (typeof value === 'string') return hideText(value)
  return typeof value === 'object' && value !== null ? mask : value
}

/** What the other side said is shown, without what looks like an address or a secret in it. */
export function redactAttempts(attempts: DeliveryView['attempts']): DeliveryView['attempts'] {
  return attempts.map((attempt) => ({ ...attempt, error: attempt.error && redactText(attempt.error) }))
}

/** A filter on what the caller is not shown would tell it by what it finds. Throws 'forbidden' when one of `names` is given. */
export function refuseHiddenFilters<Q extends object>({ masked }: Sight, query: Q, names: readonly (keyof Q & string)[]): void {
  const asked = masked ? names.filter((name) => query[name] !== undefined) : []
  if (asked.length > 0) throw hiddenFault(`Looking by ${asked.join(' and ')}`)
}

/** `what` is a beginning: 'Searching messages'. */
export function hiddenFault(what: string): Fault {
  return new Fault('forbidden', `${what} needs the role operator: it would tell what viewers do not see.`)
}
