// The index worker: takes what the outbox says has changed, reads it from the tables as it is now and puts it into the index; what
// is not there any more leaves it. So a row may be done twice, late or out of order: the index ends up as the tables are.
import { setTimeout as wait } from 'node:timers/promises'
import type { Embedder } from '#platform/embedder/index.ts'
import { isUnavailable, type Pool } from '#platform/postgres/index.ts'
import {
  documentKinds,
  IndexUnavailable,
  type DocumentKind,
  type IndexDocument,
  type Refused,
  type SearchIndex,
} from '#platform/search-index/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { tellTrouble } from '#platform/trouble/index.ts'
import type { HeldRows } from '../outbox/index.ts'
import { everybody, readDocuments } from './document.repository.ts'
import { embedDocuments } from './embed-documents.ts'
import {
  askForEverything,
  claimIndexRows,
  deferIndexRows,
  finishIndexRows,
  mostStarts,
  moveIndexRow,
  postponeIndexRow,
  readIndexLag,
  returnIndexRows,
  type IndexRow,
} from './index-work.repository.ts'

/** Documents that are read, embedded and written together. */
const batch = 200
const pollMs = 400
/** While the index is away it is tried again after this long, and longer each time. */
const shortestBackOffMs = 250
const longestBackOffMs = 10_000
/** Rest after a batch, as a multiple of what it took: others have the machine meanwhile. */
const restShare = { busy: 3, idle: 0.2 }
const longestRestMs = 2_000
/** With work that is older than this the rest is cut: slow, not standing. */
const lateSeconds = 30
/** What was indexed while the embedding service was away gets its vectors later. */
const vectorsLaterMs = 30_000

export interface IndexerDeps {
  owner: string
  pool: Pool
  hot: Pool
  log: Log
  held: HeldRows
  index: SearchIndex
  embedder: Embedder | undefined
  /** Others work in this process. */
  busy: () => boolean
  /** Documents that can be found from now on (or cannot any more), and how long ago the oldest of them changed. */
  onIndexed?: (documents: number, lagMs: number) => void
}

export interface Indexer {
  /** Finishes the batch in hand. */
  stop(): Promise<void>
}

export function startIndexer(deps: IndexerDeps): Indexer {
  const { owner, pool, hot, log, held, index, embedder } = deps
  let stopped = false
  let wake: (() => void) | undefined
  let backOffMs = 0
  let said = false
  let prepared = false
  /** Documents that went in without a vector although there should have been one. */
  let withoutVectors = 0

  async function loop(): Promise<void> {
    while (!stopped) {
      let restMs = pollMs
      const startedAt = performance.now()
      try {
        if (!prepared) await prepare()
        const done = await turn()
        if (done > 0) restMs = await restAfter(performance.now() - startedAt)
        if (said) log.info('the search index answers again')
        said = false
        backOffMs = 0
      } catch (error) {
        backOffMs = Math.min(longestBackOffMs, Math.max(shortestBackOffMs, backOffMs * 2))
        restMs = backOffMs
        const away = error instanceof IndexUnavailable || isUnavailable(error)
        if (!stopped && !said) log.warn(away ? { error: (error as Error).message } : { err: error }, 'nothing can be indexed; tried again')
        said = true
      }
      if (!stopped) await sleep(restMs)
    }
  }

  async function sleep(ms: number): Promise<void> {
    const controller = new AbortController()
    wake = () => controller.abort()
    await wait(ms, undefined, { signal: controller.signal }).catch(() => {})
    wake = undefined
  }

  async function restAfter(tookMs: number): Promise<number> {
    if (!deps.busy()) return Math.min(longestRestMs, tookMs * restShare.idle)
    const { seconds } = await readIndexLag(hot, null)
    return Math.min(longestRestMs, tookMs * (seconds > lateSeconds ? 1 : restShare.busy))
  }

  /** Articles are few and come with the program: written at every start, which changes nothing where they stand. */
  async function prepare(): Promise<void> {
    const guide = await readDocuments(pool, 'article', everybody, { after: null, count: 1_000 })
    if (await index.prepare()) {
      log.info({ index: index.name }, 'the search index is new: everything is indexed')
      for (const kind of documentKinds) if (kind !== 'article') await askForEverything(pool, kind)
    } else {
      // A cause is found by what the guide says of its code.
      const ids = guide.map(({ id }) => id)
      const known = await index.fingerprints('article', everybody, ids)
      if (guide.some(({ id, fingerprint }) => known.get(id) !== fingerprint)) await askForEverything(pool, 'cause')
    }
    say('article', await put('article', everybody, guide))
    prepared = true
  }

  /** Takes rows and does them; answers how many. */
  async function turn(): Promise<number> {
    const rows = await claimIndexRows(hot, owner)
    if (rows.length === 0) return 0
    held.add(rows.map((row) => row.id))
    try {
      if (rows.length === 1) await alone(rows[0]!)
      else await together(rows)
    } finally {
      held.release(rows.map((row) => row.id))
    }
    return rows.length
  }

  async function together(rows: IndexRow[]): Promise<void> {
    try {
      await doRows(rows)
    } catch (error) {
      if (givesBack(error)) {
        await returnIndexRows(
          hot,
          owner,
          rows.map((row) => row.id),
        ).catch(() => {})
        throw error
      }
      // One of them is bad: each alone, so that its neighbours go through.
      for (const row of rows) await alone(row)
    }
  }

  async function alone(row: IndexRow): Promise<void> {
    if (row.starts > mostStarts) {
      log.error({ row: row.id, what: row.cursor }, 'what a row names could not be indexed; it is left out until the index is rebuilt')
      await finishIndexRows(hot, owner, [row.id])
      return
    }
    try {
      await doRows([row])
    } catch (error) {
      if (givesBack(error)) {
        await returnIndexRows(hot, owner, [row.id]).catch(() => {})
        throw error
      }
      log.error({ err: error, row: row.id, what: row.cursor }, 'a row could not be indexed; it is tried again')
      await postponeIndexRow(hot, owner, row.id, 500 * 2 ** Math.min(row.starts, 6), tellTrouble(error))
    }
  }

  /** Nothing is wrong with the rows. */
  const givesBack = (error: unknown): boolean => error instanceof IndexUnavailable || isUnavailable(error)

  async function doRows(rows: readonly IndexRow[]): Promise<void> {
    const pages = rows.filter((row) => row.cursor.startsWith('all:'))
    const named = rows.filter((row) => !row.cursor.startsWith('all:'))
    for (const [workspaceId, own] of Map.groupBy(named, (row) => row.workspaceId)) {
      const ids = { notification: new Set<string>(), 'dead-letter': new Set<string>(), recipient: new Set<string>() }
      for (const row of own) {
        if (row.cursor.startsWith('recipient ')) for (const id of JSON.parse(row.cursor.slice(10)) as string[]) ids.recipient.add(id)
        else for (const id of row.subjects ?? []) ids[row.cursor as 'notification' | 'dead-letter'].add(id)
      }
      const before = withoutVectors
      let documents = 0
      const refused: Refused[] = []
      for (const [kind, set] of Object.entries(ids) as [keyof typeof ids, Set<string>][]) {
        refused.push(...(await bring(kind, workspaceId, [...set])))
        documents += set.size
      }
      // Its neighbours are in. An index may refuse for a while what it takes later: one that is full, for one.
      if (refused.length > 0)
        throw new Error(`the index refused ${refused.length} documents, among them ${refused[0]!.id}: ${refused[0]!.reason}`)
      const rowIds = own.map((row) => row.id)
      // By words they are found from now on; for their meaning they come again.
      if (withoutVectors > before) await deferIndexRows(hot, owner, rowIds, vectorsLaterMs)
      else await finishIndexRows(hot, owner, rowIds)
      deps.onIndexed?.(documents, Math.max(...own.map((row) => row.ageMs)))
    }
    for (const row of pages) await bringPage(row)
  }

  /** These documents as the tables have them now. */
  async function bring(kind: DocumentKind, workspaceId: string, ids: readonly string[]): Promise<Refused[]> {
    const refused: Refused[] = []
    for (let i = 0; i < ids.length; i += batch) {
      const some = ids.slice(i, i + batch)
      const documents = await readDocuments(pool, kind, workspaceId, { ids: some })
      refused.push(...(await put(kind, workspaceId, documents)))
      const there = new Set(documents.map((document) => document.id))
      const gone = some.filter((id) => !there.has(id))
      if (gone.length > 0) await index.remove(kind, workspaceId, gone)
      // A cause is there from its first letter on, and never changes what it says.
      if (kind === 'dead-letter')
        refused.push(...(await bring('cause', workspaceId, [...new Set(documents.map((document) => document.filters.cause!))])))
    }
    return refused
  }

  async function bringPage(row: IndexRow): Promise<void> {
    const [what, after] = row.cursor.split(' ', 2) as [string, string | undefined]
    const kind = what.slice(4) as DocumentKind
    const documents = await readDocuments(pool, kind, row.workspaceId, { after: after ?? null, count: batch })
    say(kind, await put(kind, row.workspaceId, documents))
    deps.onIndexed?.(documents.length, 0)
    if (documents.length < batch) await finishIndexRows(hot, owner, [row.id])
    else await moveIndexRow(hot, owner, row.id, `${what} ${documents.at(-1)!.id}`)
  }

  async function put(kind: DocumentKind, workspaceId: string, documents: IndexDocument[]): Promise<Refused[]> {
    if (documents.length === 0) return []
    const embedded = index.byMeaning ? await embedDocuments(embedder, documents) : { documents, missing: 0 }
    withoutVectors += embedded.missing
    return index.put(kind, workspaceId, embedded.documents)
  }

  /** Of a page: the pages after it are not kept waiting. */
  function say(kind: DocumentKind, refused: readonly Refused[]): void {
    if (refused.length > 0) log.error({ kind, refused: refused.slice(0, 5), count: refused.length }, 'the index refused documents')
  }

  const running = loop()
  return {
    async stop() {
      stopped = true
      wake?.()
      await running
    },
  }
}
