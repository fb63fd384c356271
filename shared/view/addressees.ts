// Who an event was for, counted: by topic, by name, by endpoint, and who was left out by what they want.
import type { EventView } from '../contracts/event.ts'
import { eventTexts as texts } from '../texts/messages.ts'

export interface Addressee {
  kind: 'topic' | 'named' | 'endpoints' | 'suppressed'
  label: string
  /** In code type. */
  name: string
  count: number
}

export function addressees(event: EventView): Addressee[] {
  const topics = event.recipients.flatMap((one) => (isTopic(one) ? [one.topic] : []))
  const named = event.recipients.length - topics.length
  const lines: Addressee[] = []
  const reached = new Set(event.deliveries.flatMap((delivery) => delivery.recipientId ?? []))
  for (const topic of new Set(topics)) {
    // Members of several topics are not told apart afterwards: the count is of all who are not named.
    lines.push({ kind: 'topic', label: texts.topic, name: topic, count: Math.max(0, reached.size - named) })
  }
  if (named > 0) lines.push({ kind: 'named', label: texts.named, name: '', count: named })
  const endpoints = new Set(event.deliveries.flatMap((delivery) => delivery.endpointId ?? [])).size
  if (endpoints > 0) lines.push({ kind: 'endpoints', label: texts.endpointsOn(''), name: event.type, count: endpoints })
  const suppressed = event.deliveries.filter((delivery) => delivery.state === 'suppressed').length
  if (suppressed > 0) lines.push({ kind: 'suppressed', label: texts.suppressedBy, name: '', count: suppressed })
  return lines
}

function isTopic(one: unknown): one is { topic: string } {
  return typeof one === 'object' && one !== null && 'topic' in one
}
