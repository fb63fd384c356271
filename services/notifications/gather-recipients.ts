// The recipients that events name, with their preferences: one query for the chunk, and one more only when an event brings
// somebody new or something newer.
import type { Pool } from '#platform/postgres/index.ts'
import type { RecipientReference } from '#shared/contracts/event.ts'
import type { StartedEvent } from './fan-out.repository.ts'
import { readRecipients, upsertRecipients, type RecipientRow, type RecipientUpsert } from './fan-out-recipients.repository.ts'

type Inline = Exclude<RecipientReference, string | { topic: string }>

/** Event id -> its recipients (topics left out), each once. */
export async function gatherRecipients(hot: Pool, events: StartedEvent[]): Promise<Map<string, RecipientRow[]>> {
  const named = events
    .filter((event) => event.recipients !== '[]')
    .map((event) => ({ event, people: namedPeople(JSON.parse(event.recipients) as RecipientReference[]) }))
    .filter((entry) => entry.people.size > 0)
  if (named.length === 0) return new Map()

  const keys = new Map<string, { workspaceId: string; id: string }>()
  for (const { event, people } of named) {
    for (const id of people.keys()) keys.set(`${event.workspaceId} ${id}`, { workspaceId: event.workspaceId, id })
  }
  const known = new Map((await readRecipients(hot, [...keys.values()])).map((row) => [`${row.workspaceId} ${row.id}`, row]))

  const upserts: RecipientUpsert[] = []
  const result = new Map<string, RecipientRow[]>()
  for (const { event, people } of named) {
    const rows: RecipientRow[] = []
    for (const [id, inline] of people) {
      const stored = known.get(`${event.workspaceId} ${id}`)
      const fresh = !stored || (inline !== null && stored.updatedAt <= event.acceptedAt && differs(stored, inline))
      if (fresh) upserts.push(upsertOf(event, id, inline))
      rows.push(fresh ? merge(event.workspaceId, id, stored, inline) : stored)
    }
    result.set(event.id, rows)
  }
  if (upserts.length > 0) await upsertRecipients(hot, upserts)
  return result
}

function namedPeople(references: RecipientReference[]): Map<string, Inline | null> {
  const people = new Map<string, Inline | null>()
  for (const reference of references) {
    if (typeof reference === 'string') {
      if (!people.has(reference)) people.set(reference, null)
    } else if ('id' in reference) people.set(reference.id, reference)
  }
  return people
}

function differs(stored: RecipientRow, inline: Inline): boolean {
  return (
    (inline.email !== undefined && inline.email !== stored.email) ||
    (inline.phone !== undefined && inline.phone !== stored.phone) ||
    (inline.locale !== undefined && inline.locale !== stored.locale) ||
    (inline.timeZone !== undefined && inline.timeZone !== stored.timeZone) ||
    (inline.attributes !== undefined && JSON.stringify(inline.attributes) !== JSON.stringify(stored.attributes))
  )
}

function upsertOf(event: StartedEvent, id: string, inline: Inline | null): RecipientUpsert {
  return {
    workspaceId: event.workspaceId,
    id,
    email: inline?.email ?? null,
    phone: inline?.phone ?? null,
    locale: inline?.locale ?? null,
    timeZone: inline?.timeZone ?? null,
    attributes: inline?.attributes ? JSON.stringify(inline.attributes) : null,
    at: event.acceptedAt.toISOString(),
  }
}

function merge(workspaceId: string, id: string, stored: RecipientRow | undefined, inline: Inline | null): RecipientRow {
  return {
    workspaceId,
    id,
    email: inline?.email ?? stored?.email ?? null,
    phone: inline?.phone ?? stored?.phone ?? null,
    locale: inline?.locale ?? stored?.locale ?? null,
    timeZone: inline?.timeZone ?? stored?.timeZone ?? null,
    attributes: (inline?.attributes as Record<string, unknown> | undefined) ?? stored?.attributes ?? {},
    updatedAt: stored?.updatedAt ?? new Date(),
    preferences: stored?.preferences ?? null,
  }
}
