// One page of a list, newest first: by an index where one knows the filter, else looked through in a bounded time.
import type { QueryResultRow } from 'pg'
import { lookThrough, type IdRange, type LookedThrough } from './look-through.ts'
import type { Pool } from './pool.ts'
import { where } from './where.ts'

/** A condition and what its `?` stand for; it does not count while its first value is undefined. $1 is the workspace. */
export type Condition = [sql: string, ...values: unknown[]]

export interface ListOfRows {
  columns: string
  /** A table with `workspace_id` and `id`, and the name that columns and conditions call it by. */
  table: string
  alias: string
  /** What else columns and `looked` read from. */
  join?: string
  /** What an index finds in its order, or by its key. */
  indexed: Condition[]
  /** What can only be seen in the rows themselves. */
  looked: Condition[]
  /** `indexed` leaves so few rows that all of them may be looked at. */
  few: boolean
  /** Ids: `from` <= id < `to`. */
  bounds: { from: string | undefined; to: string | undefined }
  /** `before` = the id of the last row of the page before. */
  page: { before: string | undefined; count: number }
}

export async function listRows<Row extends QueryResultRow>(
  pool: Pool,
  workspaceId: string,
  { columns, table, alias, join = '', indexed, looked, few, bounds, page }: ListOfRows,
): Promise<LookedThrough<Row>> {
  const filterOf = (range: IdRange, conditions: Condition[]) =>
    conditions.reduce(
      (all, [condition, ...values]) => all.and(condition, ...values),
      where(2)
        .and(`${alias}.workspace_id = $1`)
        .and(`${alias}.id < ?::uuid`, range.before)
        .and(`${alias}.id >= ?::uuid`, range.from ?? bounds.from)
        .and(`${alias}.id < ?::uuid`, bounds.to),
    )
  async function read(range: IdRange, count: number): Promise<Row[]> {
    const filter = filterOf(range, [...indexed, ...looked])
    const { rows } = await pool.query<Row>(
      `SELECT ${columns} FROM ${table} ${alias} ${join} WHERE ${filter.sql} ORDER BY ${alias}.id DESC LIMIT $${filter.next}`,
      [workspaceId, ...filter.values, count],
    )
    return rows
  }
  if (few || looked.every(([, value]) => value === undefined))
    return { rows: await read({ from: undefined, before: page.before }, page.count), reached: null }
  return lookThrough({
    ...page,
    async boundary(before, count) {
      const filter = filterOf({ from: undefined, before }, indexed)
      const { rows } = await pool.query<{ id: string }>(
        `SELECT ${alias}.id FROM ${table} ${alias} WHERE ${filter.sql} ORDER BY ${alias}.id DESC OFFSET $${filter.next} LIMIT 1`,
        [workspaceId, ...filter.values, count - 1],
      )
      return rows[0]?.id
    },
    read,
  })
}
