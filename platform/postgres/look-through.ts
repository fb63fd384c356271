// Lists whose filter no index knows: read window by window, newest first, for a bounded time. An index for every filter would be
// paid by every event; looking through a few ten thousand rows costs a moment, and a million of them is asked for in pieces.

/** The first window: with a filter that many rows match, it fills the page. */
const firstWindowRows = 1_000
const windowRowsMax = 50_000
/** A window is at most so many times the one before: rows of one moment cost more than those of another. */
const growth = 4

/** Ids of one window: `from` <= id < `before`; undefined = without that bound. */
export interface IdRange {
  from: string | undefined
  before: string | undefined
}

export interface LookedThrough<Row> {
  rows: Row[]
  /** Everything from here on was looked at, and there is more before it; null when the page is full or the list has ended. */
  reached: string | null
}

/**
 * Reads at most `count` rows. At least one window is always looked at, so that every answer gets further; after `budgetMs` it says how far it came.
 * Keyset windows: `boundary` names the id that stands `rows` places further back (by an index alone), undefined when there are not so many.
 */
export async function lookThrough<Row>(options: {
  before: string | undefined
  count: number
  budgetMs?: number
  boundary(before: string | undefined, rows: number): Promise<string | undefined>
  read(range: IdRange, count: number): Promise<Row[]>
}): Promise<LookedThrough<Row>> {
  const { count, budgetMs = 20 } = options
  const until = performance.now() + budgetMs
  const rows: Row[] = []
  let { before } = options
  for (let window = firstWindowRows; ;) {
    const startedAt = performance.now()
    const from = await options.boundary(before, window)
    rows.push(...(await options.read({ from, before }, count - rows.length)))
    if (rows.length >= count || from === undefined) return { rows, reached: null }
    before = from
    const now = performance.now()
    if (now >= until) return { rows, reached: from }
    // As many as fit into what is left, by what this window took.
    const affordable = (window * (until - now)) / Math.max(0.1, now - startedAt)
    window = Math.min(windowRowsMax, window * growth, Math.max(firstWindowRows, Math.floor(affordable)))
  }
}
