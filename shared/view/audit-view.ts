// An audit entry as a person reads it: what was done, to what, and what it was before and after.
import type { AuditEntry } from '../contracts/audit.ts'

const sentences: Record<string, string> = {
  'api-key.create': 'made an API key',
  'api-key.update': 'changed an API key',
  'api-key.revoke': 'revoked an API key',
  'dead-letter.discard': 'discarded dead letters',
  'delivery.resend': 'sent a delivery again',
  'endpoint.create': 'added an endpoint',
  'endpoint.update': 'changed an endpoint',
  'endpoint.delete': 'deleted an endpoint',
  'endpoint.disable': 'disabled an endpoint',
  'endpoint.enable': 'enabled an endpoint',
  'endpoint.rotate-secret': 'rotated the secret of an endpoint',
  'event.cancel': 'cancelled an event',
  'operator.change-password': 'changed their own password',
  'operator.create': 'made an operator',
  'operator.delete': 'deleted an operator',
  'operator.disable': 'disabled an operator',
  'operator.enable': 'enabled an operator',
  'operator.reset-password': 'reset the password of an operator',
  'operator.role': 'changed the role of an operator',
  'operator.update': 'changed an operator',
  'queue.pause': 'paused a queue',
  'queue.resume': 'resumed a queue',
  'recipient.delete': 'deleted a recipient',
  'replay.abort': 'aborted a replay',
  'replay.start': 'started a replay',
  'session.begin': 'signed in',
  'session.end': 'signed out',
  'session.refuse': 'failed to sign in',
  'topic.delete': 'deleted a topic',
  'workflow.delete': 'deleted a workflow',
  'workflow.publish': 'published a workflow',
  'workspace.create': 'made a workspace',
  'workspace.rename': 'renamed a workspace',
}

/** 'paused a queue'; what has no sentence yet is told by its own words: 'lane.limit' -> 'lane: limit'. */
export function auditSentence(action: string): string {
  return sentences[action] ?? action.replace('.', ': ').replaceAll('-', ' ')
}

/** What to choose from when filtering. */
export const auditSubjects = [
  'api-key',
  'dead-letter',
  'delivery',
  'endpoint',
  'event',
  'lane',
  'operator',
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
