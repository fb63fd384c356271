// One filter, one meaning: what a list shows is what a discard or a replay of the same filter touches.
import { containsPattern, where } from '#platform/postgres/index.ts'
import type { LetterFilter } from '#shared/contracts/dead-letter.ts'
import { idBounds } from '#shared/contracts/list-filters.ts'
import { parsePublicId, type IdKind } from '#shared/ids.ts'

/** Another delivery of the same message that went through, or may have: made by a resend or an edited copy. */
const sentOtherwise = `EXISTS (SELECT FROM delivery d JOIN delivery x ON x.event_id = d.event_id AND x.source = d.source AND x.recipient_id = d.recipient_id
  AND x.id <> d.id AND x.state IN ('delivered', 'maybe-sent') WHERE d.workspace_id = l.workspace_id AND d.id = l.delivery_id)`

const hasExpired = 'EXISTS (SELECT FROM event e WHERE e.workspace_id = l.workspace_id AND e.id = l.event_id AND e.expires_at <= now())'

/** Conditions on `dead_letter l` that a preview counts and a filter leaves out. */
export const letterConditions = { sentOtherwise, hasExpired, mayRepeat: `(l.reached = 'maybe' OR ${sentOtherwise})` }

/**
 * The conditions on `dead_letter l`, joined by AND ('' for an empty filter), and their values. $1 is the workspace.
 * @param startIndex the number of the first parameter: 2 when there is none besides.
 * @param errorsOnly for callers who may not see payloads: `q` must not tell them what stands in one, nor what is masked in an error.
 */
export function letterFilterSql(filter: LetterFilter, startIndex: number, { errorsOnly = false } = {}): { sql: string; values: unknown[] } {
  const bounds = idBounds(filter)
  const accepted = idBounds({ from: filter.acceptedFrom })
  const pattern = filter.q === undefined ? undefined : containsPattern(filter.q)
  const condition = where(startIndex)
    .and('l.cause_id = ?::uuid', uuidOf('cause', filter.cause))
    .and('l.kind = ?', filter.kind)
    .and('l.channel = ?', filter.channel)
    .and(...diedIn(filter.queue))
    .and('l.endpoint_id = ?::uuid', uuidOf('endpoint', filter.endpoint))
    .and('l.recipient_id = ?', filter.recipient)
    .and('l.workflow_key = ?', filter.workflow)
    .and('l.event_type = ?', filter.eventType)
    .and('l.event_id = ?::uuid', uuidOf('event', filter.event))
    .and('l.replay_id = ?::uuid', uuidOf('replay', filter.replay))
    .and('l.discard_id = ?::uuid', uuidOf('discard', filter.discard))
    .and('l.id >= ?::uuid', bounds.from)
    .and('l.id < ?::uuid', bounds.to)
    .and('l.event_id >= ?::uuid', accepted.from)
    .and(
      'l.id = ANY(?::uuid[])',
      filter.ids?.map((id) => uuidOf('deadLetter', id)),
    )
  // Said as the predicates of the partial indexes, which a parameter would hide.
  if (filter.state === 'open') condition.and("l.state = 'open'")
  else if (filter.state !== undefined) condition.and("l.state <> 'open' AND l.state = ?", filter.state)
  if (filter.repeats) condition.and(`NOT ${letterConditions.mayRepeat}`)
  if (filter.expired) condition.and(`NOT ${hasExpired}`)
  if (pattern !== undefined) {
    // The words find the candidates by their index; the pattern makes sure that they stand there as they were typed.
    if (/[\p{L}\p{N}]/u.test(filter.q!)) {
      // Of one cause: its index says which of the candidates are its letters, and only those are read.
      const [ofCause, ...causeId] =
        filter.cause === undefined
          ? ['']
          : ['JOIN dead_letter x ON x.workspace_id = $1 AND x.cause_id = ?::uuid AND x.id = w.letter_id ', uuidOf('cause', filter.cause)]
      condition.and(
        `l.id IN (SELECT w.letter_id FROM search.letter_words w ${ofCause}WHERE w.words @@ search.query_of(?))`,
        ...causeId,
        filter.q,
      )
    }
    // The text as it is comes first: few letters are left whose visible part has to be made.
    const columns = errorsOnly
      ? ['l.event_type ILIKE ?', '(l.error_message ILIKE ? AND search.visible_of(l.error_message) ILIKE ?)']
      : ['l.error_message ILIKE ?', 'l.event_type ILIKE ?', 'l.recipient_id ILIKE ?', 'l.snapshot ILIKE ?']
    const patterns = Array.from({ length: errorsOnly ? 3 : 4 }, () => pattern)
    condition.and(`(${columns.join(' OR ')})`, ...patterns)
  }
  return { sql: condition.sql, values: condition.values }
}

/** What a queue's work becomes when it dies: a letter of its channel; of an event, one without a delivery. */
function diedIn(queue: LetterFilter['queue']): [string, ...unknown[]] {
  if (queue === undefined) return ['', undefined]
  if (queue === 'fan-out') return ['l.delivery_id IS NULL']
  return queue === 'replay' ? ['false'] : ['l.delivery_id IS NOT NULL AND l.channel = ?', queue.slice('delivery-'.length)]
}

/** The schema let only ids of this kind through; a nil UUID stands for what slipped by, and matches nothing. */
function uuidOf(kind: IdKind, id: string | undefined): string | undefined {
  return id === undefined ? undefined : (parsePublicId(kind, id) ?? '00000000-0000-0000-0000-000000000000')
}
