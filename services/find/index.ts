// Find: anything of a workspace by its id or name, for the ask box.
//
// found    a thing with what people call it, and what tells it from its neighbours
import type { Pool } from '#platform/postgres/index.ts'
import type { Found, FoundKind } from '#shared/contracts/find.ts'
import { publicId, publicIdOrNull, type IdKind } from '#shared/ids.ts'
import { queueNames } from '#shared/jobs/queues.ts'
import { redactText } from '#shared/redact.ts'
import { hideText, type Sight } from '../masking/index.ts'
import type { Search } from '../search/index.ts'
import { findByName, findByUuid, type IdRow } from './find.repository.ts'
import { readId } from './read-id.rules.ts'

export interface Find {
  /** `kinds`: what the caller may see by name. Events and what follows from them may always be seen by whoever reads events. */
  find(workspaceId: string, q: string, kinds: readonly FoundKind[], sight: FindSight): Promise<Found[]>
}

/** What the caller sees of messages, recipients and mail, and of dead letters and causes. */
export interface FindSight {
  messages: Sight
  letters: Sight
}

const most = 20
const each = 5
/** Somebody types: what search has not found by then is left out. */
const searchMs = 1_000
/** What is searched by words and meaning besides ids and names. */
const searched = ['notification', 'dead-letter', 'article'] as const
const kindOf: Record<string, FoundKind> = { deadLetter: 'dead-letter' }
/** What whoever reads events may see. */
const ofEvents: readonly FoundKind[] = ['event', 'notification', 'delivery', 'dead-letter', 'cause', 'replay', 'mail', 'article']

export function createFind({ pool, search }: { pool: Pool; search?: Search }): Find {
  async function byId(workspaceId: string, uuid: string, kinds: readonly FoundKind[], sight: FindSight): Promise<Found[]> {
    const rows = (await findByUuid(pool, workspaceId, uuid)).map((row) => redactFound(row, sight))
    return rows
      .map((row) => ({
        kind: kindOf[row.kind] ?? (row.kind as FoundKind),
        id: publicId(row.kind as IdKind, row.id),
        title: row.title,
        note: row.note,
        eventId: publicIdOrNull('event', row.eventId),
      }))
      .filter(({ kind }) => kinds.includes(kind))
  }

  async function byName(workspaceId: string, q: string, kinds: readonly FoundKind[], sight: FindSight): Promise<Found[]> {
    const masked = { people: sight.messages.masked, causes: sight.letters.masked }
    const rows = (await findByName(pool, workspaceId, q, kinds, each, masked)).map((row) => redactFound(row, sight))
    const seen = new Set<string>()
    return rows
      .map((row): Found => {
        const kind = row.kind as FoundKind
        const id = kind === 'endpoint' || kind === 'cause' ? publicId(kind, row.id) : row.id
        return { kind, id, title: row.title, note: row.note === '' ? null : row.note, eventId: null }
      })
      .filter(({ kind, id }) => !seen.has(`${kind} ${id}`) && seen.add(`${kind} ${id}`))
  }

  /** The best of each kind. An index that is away or slow takes nothing from what is found by name. */
  async function byWords(workspaceId: string, q: string, { messages, letters }: FindSight): Promise<Found[]> {
    if (!search || q.length < 3) return []
    const answers = searched.map((kind) =>
      // Where messages are masked, the search refuses to look into them: nothing of theirs is found.
      search.documents(workspaceId, { kind, q, limit: each, strict: true }, kind === 'notification' ? messages : letters).then(
        ({ items }) =>
          items.map(({ id, title, eventId, snippet }) => ({ kind, id, title, note: snippet.text.slice(0, 120) || null, eventId })),
        () => [],
      ),
    )
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<Found[][]>((resolve) => (timer = setTimeout(() => resolve([]), searchMs)))
    const found = await Promise.race([Promise.all<Found[]>(answers), late])
    clearTimeout(timer)
    return found.flat()
  }

  return {
    async find(workspaceId, q, kinds, sight) {
      const allowed = [...ofEvents, ...kinds]
      const uuid = readId(q)
      if (uuid) return byId(workspaceId, uuid, allowed, sight)
      const queues: Found[] = allowed.includes('queue')
        ? queueNames
            .filter((name) => name.includes(q.toLowerCase()))
            .map((name) => ({ kind: 'queue' as const, id: name, title: name, note: null, eventId: null }))
        : []
      const [names, words] = await Promise.all([byName(workspaceId, q, allowed, sight), byWords(workspaceId, q, sight)])
      const named = [...queues, ...names].slice(0, most)
      const known = new Set(named.map(({ kind, id }) => `${kind} ${id}`))
      return [...named, ...words.filter(({ kind, id }) => !known.has(`${kind} ${id}`))].slice(0, most)
    },
  }
}

/** Titles and notes as the things' own pages show them. */
function redactFound<R extends Pick<IdRow, 'kind' | 'title' | 'note'>>(row: R, { messages, letters }: FindSight): R {
  switch (row.kind) {
    case 'event':
      return messages.masked ? { ...row, note: row.note && redactText(row.note) } : row
    case 'notification':
    case 'mail':
      return messages.masked ? { ...row, title: hideText(row.title) } : row
    case 'recipient':
      return messages.masked ? { ...row, note: hideText(row.note) } : row
    case 'deadLetter':
    case 'cause':
      return letters.masked ? { ...row, title: redactText(row.title) } : row
    default:
      return row
  }
}
