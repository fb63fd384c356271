// Lists are keyset-paged: { items, nextCursor }, limit 1-200, an opaque cursor that says where the page before ended.
import { z } from 'zod'

export const pageLimitDefault = 50
export const pageLimitMax = 200

const limitSchema = z
  .string()
  .regex(/^\d{1,4}$/, 'must be a whole number')
  .transform(Number)
  .pipe(z.int().min(1).max(pageLimitMax))
  .default(pageLimitDefault)
  .meta({ type: 'integer', minimum: 1, maximum: pageLimitMax, default: pageLimitDefault, description: 'How many items at most' })

const cursorSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,512}$/, 'is not a cursor that this API gave out')
  .optional()
  .meta({ description: '`nextCursor` of the page before' })

/** Spread into a list's query: `z.strictObject({ ...pageQuery, state: ... })`. */
export const pageQuery = { limit: limitSchema, cursor: cursorSchema }

/** The query of a list that has no filters. */
export const pageQuerySchema = z.strictObject(pageQuery)
export type PageQuery = z.infer<typeof pageQuerySchema>

/** The answer of a list. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.strictObject({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'Give it as `cursor` for the next page; null on the last one' }),
  })
}

/** The answer of a list that looks through what no index knows. */
export function lookPageSchema<T extends z.ZodType>(item: T) {
  return pageSchema(item).extend({
    searchedTo: z.iso.datetime().nullable().meta({
      description:
        'How far back this answer has looked, where a filter has to look through everything; `nextCursor` goes on from there, also when there are few items or none. null: the page is full, or the list has ended',
    }),
  })
}

export interface Page<T> {
  items: T[]
  nextCursor: string | null
}

export interface LookPage<T> extends Page<T> {
  searchedTo: string | null
}

/** Sort key of the last item of a page -> opaque cursor. */
export function encodeCursor(position: string): string {
  const bytes = new TextEncoder().encode(position)
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Opaque cursor -> sort key, or null when it is none of ours (answer 422 on path `cursor`). */
export function decodeCursor(cursor: string): string | null {
  try {
    const binary = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))
    const position = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)))
    return position.includes('\u0000') ? null : position
  } catch {
    return null
  }
}

/** A page of what was looked through: `reached` names the place where it stopped, and its time; null when it did not. */
export function toLookPage<T>(
  rows: T[],
  limit: number,
  position: (last: T) => string,
  reached: { position: string; at: string } | null,
): LookPage<T> {
  if (reached) return { items: rows, nextCursor: encodeCursor(reached.position), searchedTo: reached.at }
  return { ...toPage(rows, limit, position), searchedTo: null }
}

/** Rows fetched with `LIMIT limit + 1` -> one page. `position` names the last item for the cursor. */
export function toPage<T>(rows: T[], limit: number, position: (last: T) => string): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(position(last)) : null }
}
