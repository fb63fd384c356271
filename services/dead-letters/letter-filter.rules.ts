// One filter, one meaning: what a list shows is what a discard or a replay of the same filter touches.
import { containsPattern, where } from '#platform/postgres/index.ts'
import type { LetterFilter } from '#shared/contracts/dead-letter.ts'
import { idBounds } from '#shared/contracts/list-filters.ts'
import { parsePublicId, type IdKind } from '#shared/ids.ts'

/**
 * The conditions on `dead_letter l`, joined by AND ('' for an empty filter), and their values.
 * @param startIndex the number of the first parameter: 2 when $1 is the workspace.
 */
export function letterFilterSql(filter: LetterFilter, startIndex: number): { sql: string; values: unknown[] } {
  const bounds = idBounds(filter)
  const pattern = filter.q === undefined ? undefined : containsPattern(filter.q)
  const { sql, values } = where(startIndex)
    .and('l.cause_id = ?::uuid', uuidOf('cause', filter.cause))
    .and('l.kind = ?', filter.kind)
    .and('l.channel = ?', filter.channel)
    .and('l.endpoint_id = ?::uuid', uuidOf('endpoint', filter.endpoint))
    .and('l.recipient_id = ?', filter.recipient)
    .and('l.id >= ?::uuid', bounds.from)
    .and('l.id < ?::uuid', bounds.to)
    .and('l.state = ?', filter.state)
    .and(
      'l.id = ANY(?::uuid[])',
      filter.ids?.map((id) => uuidOf('deadLetter', id)),
    )
    .and(
      '(l.error_message ILIKE ? OR l.event_type ILIKE ? OR l.snapshot ILIKE ?)',
      pattern,
      ...(pattern === undefined ? [] : [pattern, pattern]),
    )
  return { sql, values }
}

/** The schema let only ids of this kind through; a nil UUID stands for what slipped by, and matches nothing. */
function uuidOf(kind: IdKind, id: string | undefined): string | undefined {
  return id === undefined ? undefined : (parsePublicId(kind, id) ?? '00000000-0000-0000-0000-000000000000')
}
