import { decodeCursor, toPage, type Page } from '#shared/contracts/page.ts'
import { cursorFault } from '#shared/id-cursor.ts'

export interface PageQuery {
  limit: number
  cursor?: string | undefined
}

/** A short list in pages. When the item that a cursor names is gone, the list begins again. */
export function pageAfter<Row, Item>(rows: Row[], query: PageQuery, keyOf: (row: Row) => string, shape: (row: Row) => Item): Page<Item> {
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor)
  if (query.cursor !== undefined && !after) throw cursorFault()
  const start = after === null ? 0 : rows.findIndex((row) => keyOf(row) === after) + 1
  const { items, nextCursor } = toPage(rows.slice(start, start + query.limit + 1), query.limit, keyOf)
  return { items: items.map(shape), nextCursor }
}
