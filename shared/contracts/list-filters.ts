// What the filters of lists have in common.
import { z } from 'zod'
import { idPrefixes, uuidFloor, type IdKind } from '../ids.ts'

/** An id as clients see it. In a path, one that cannot exist answers 404; in a filter, 422. */
export function publicIdSchema(kind: IdKind) {
  const prefix = idPrefixes[kind]
  return z
    .string()
    .regex(new RegExp(`^${prefix}[0-9a-f]{32}$`), `must be an id that begins with ${prefix}`)
    .meta({ example: `${prefix}0192f3a07b3e7c1d8a4f5e6d7c8b9a01` })
}

/** One or more words to look for; no control characters, so that nothing odd reaches the database. */
export const filterTextSchema = z
  .string()
  .min(1)
  .max(512)
  // eslint-disable-next-line no-control-regex
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not contain control characters')

const moment = z.union([z.iso.datetime({ offset: true }), z.iso.date()], { error: 'must be an ISO 8601 time with a zone, or a date' })

/** Spread into a filter: the time in which the thing was made. */
export const periodFilter = {
  from: moment
    .optional()
    .meta({ description: 'Made at this time or later; a date means its first moment (UTC)', example: '2026-11-01T00:00:00Z' }),
  to: moment.optional().meta({ description: 'Made before this time; a date means the end of that day (UTC)', example: '2026-11-30' }),
}

export interface Period {
  from?: string | undefined
  to?: string | undefined
}

const dayMs = 86_400_000

/** A period as bounds of UUIDv7 ids: from <= id < to. */
export function idBounds(period: Period): { from: string | undefined; to: string | undefined } {
  const isDate = (text: string): boolean => text.length === 10
  return {
    from: period.from === undefined ? undefined : uuidFloor(Date.parse(period.from)),
    to: period.to === undefined ? undefined : uuidFloor(Date.parse(period.to) + (isDate(period.to) ? dayMs : 0)),
  }
}
