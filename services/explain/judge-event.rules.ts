// What an event was for, and why it made nothing.
import type { DeliveryFact, EventFact, RecipientFact, WorkflowFact } from './explain-facts.ts'
import { listOf, moment } from './phrase.rules.ts'

/** A message and its resends, in the order in which they were made. */
export function lineages(deliveries: DeliveryFact[]): DeliveryFact[][] {
  return [...Map.groupBy(deliveries, (delivery) => `${delivery.source} ${delivery.recipientId ?? ''}`).values()].map((group) =>
    [...group].sort((a, b) => a.generation - b.generation),
  )
}

export type Named = { how: 'directly' } | { how: 'topic'; key: string; since: Date } | { how: 'not' }

/** By its id, or by a topic that it is a member of now. */
export function howNamed(event: EventFact, recipient: RecipientFact): Named {
  const direct = event.recipients.some((one) => (typeof one === 'string' ? one : 'id' in one ? one.id : null) === recipient.id)
  if (direct) return { how: 'directly' }
  const topics = topicsOf(event)
  const member = recipient.topics.filter((topic) => topics.includes(topic.key)).sort((a, b) => a.since.getTime() - b.since.getTime())[0]
  return member ? { how: 'topic', key: member.key, since: member.since } : { how: 'not' }
}

export function topicsOf(event: EventFact): string[] {
  return event.recipients.flatMap((one) => (typeof one === 'object' && 'topic' in one ? [one.topic] : []))
}

/** 'for a, b and 3 more', 'for endpoints only'. */
export function forWhom(event: EventFact): string {
  const names = event.recipients.map((one) => (typeof one === 'string' ? one : 'id' in one ? one.id : `topic ${one.topic}`))
  if (names.length === 0) return 'for endpoints only, it names no recipients'
  const shown = names.slice(0, 3)
  const rest = names.length - shown.length
  return `for ${listOf(rest > 0 ? [...shown, `${rest} more`] : shown)} only`
}

export function whyCancelled(event: EventFact, now: Date): string {
  const at = event.cancelledAt ? ` at ${moment(event.cancelledAt, now)}` : ''
  if (event.reason === 'expired') {
    return event.expiresAt ? `the event expired at ${moment(event.expiresAt, now)}, before it was sent` : `the event expired${at}`
  }
  return `the event was cancelled${at}`
}

/** Why no workflow took the event; null when one should have. */
export function whyUnmatched(event: EventFact, workflows: WorkflowFact[], now: Date): string | null {
  const published = workflows.filter((workflow) => workflow.version !== null)
  if (workflows.length === 0) return `no workflow exists for ${event.type}`
  if (published.length === 0)
    return `workflow ${listOf(workflows.map((one) => one.key))} for ${event.type} is a draft and was never published`
  const later = published.filter((workflow) => workflow.publishedAt !== null && workflow.publishedAt > event.acceptedAt)
  if (event.state === 'unmatched' && later.length === published.length) {
    return `workflow ${later[0]!.key} was published at ${moment(later[0]!.publishedAt!, now)}, after the event`
  }
  return null
}
