// An audit entry as a person reads it: what was done, to what, and what it was before and after.
import type { AuditEntry } from '../contracts/audit.ts'
import type { Channel } from '../contracts/event-states.ts'
import { providerPlaces } from '../topology/measures.ts'
import { auditDeeds } from '../texts/audit.ts'

/** 'paused a queue'; what has no sentence yet is told by its own words: 'lane.limit' -> 'lane: limit'. */
export function auditSentence(action: string): string {
  return auditDeeds[action]?.join(' ') ?? action.replace('.', ': ').replaceAll('-', ' ')
}

/** Whose id is what people call it. */
const namedById = new Set(['queue', 'provider', 'workflow', 'topic'])

/** 'paused delivery-email' where the thing has a name that people know, 'added an endpoint' where it has none. */
export function auditDeed(entry: Pick<AuditEntry, 'action' | 'subject' | 'details'>): string {
  const deed = auditDeeds[entry.action]
  const name = namedById.has(entry.subject.kind)
    ? entry.subject.id
    : entry.action.startsWith('session.')
      ? undefined
      : auditSubjectName(entry)
  return deed && name !== undefined ? `${deed[0]} ${name}` : auditSentence(entry.action)
}

/** What to choose from when filtering. */
export const auditSubjects = [
  'api-key',
  'dead-letter',
  'delivery',
  'endpoint',
  'event',
  'lane',
  'masking',
  'operator',
  'provider',
  'queue',
  'recipient',
  'replay',
  'topic',
  'workflow',
  'workspace',
] as const

const pages: Record<string, (id: string) => string> = {
  'api-key': (id) => `/api-keys?key=${id}`,
  delivery: (id) => `/deliveries/${id}`,
  endpoint: (id) => `/endpoints/${id}`,
  event: (id) => `/events/${id}`,
  operator: (id) => `/operators?operator=${id}`,
  provider: (id) => `/map?node=${providerPlaces[id as Channel]}`,
  queue: (id) => `/queues/${encodeURIComponent(id)}`,
  recipient: (id) => `/recipients/${encodeURIComponent(id)}`,
  replay: (id) => `/replays/${id}`,
  workflow: (id) => `/workflows/${encodeURIComponent(id)}`,
}

/** The page of what was acted on; undefined when it has none, or is gone. */
export function auditSubjectPath({ action, subject }: Pick<AuditEntry, 'action' | 'subject'>): string | undefined {
  if (action.endsWith('.delete') || subject.id === 'unknown') return undefined
  return pages[subject.kind]?.(subject.id)
}

/** How a person calls what was acted on: its name where the entry knows it, else undefined and the id has to do. */
export function auditSubjectName({ details }: Pick<AuditEntry, 'details'>): string | undefined {
  for (const place of [details, details.after, details.before]) {
    const name = (place as { name?: unknown } | null | undefined)?.name
    if (typeof name === 'string' && name !== '') return name
  }
  return undefined
}

export interface ChangeRow {
  field: string
  /** undefined = was not there. */
  before: string | undefined
  after: string | undefined
  changed: boolean
}

/** Before and after side by side, field by field; only what one of them says. */
export function auditChanges(details: Record<string, unknown>): ChangeRow[] {
  const [before, after] = [fields(details.before), fields(details.after)]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const only = details.before === undefined || details.after === undefined
  return names.map((field) => ({
    field,
    before: before[field],
    after: after[field],
    // Of what came into being or is gone, everything is new or old: nothing stands out.
    changed: !only && before[field] !== after[field],
  }))
}

/** What the details say besides before and after. */
export function auditFacts(details: Record<string, unknown>): { field: string; value: string }[] {
  return Object.entries(details)
    .filter(([field]) => field !== 'before' && field !== 'after')
    .map(([field, value]) => ({ field, value: textOf(value) }))
}

function fields(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) return { value: textOf(value) }
  return Object.fromEntries(Object.entries(value).map(([field, one]) => [field, textOf(one)]))
}

function textOf(value: unknown): string {
  if (value === null) return 'none'
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) return value.length === 0 ? 'none' : value.join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
