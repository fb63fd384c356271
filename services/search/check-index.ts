// Index and tables compared, document by document: every document of the tables is in the index as it is there, and nothing else is.
import { setTimeout as wait } from 'node:timers/promises'
import type { Pool } from '#platform/postgres/index.ts'
import { documentKinds, type DocumentKind, type SearchIndex } from '#platform/search-index/index.ts'
import { readDocuments, readExisting, readWorkspaceIds } from './document.repository.ts'
import { readIndexLag } from './index-work.repository.ts'

const page = 500
/** Differences that are looked at again and named; more are only counted. */
const mostNamed = 1_000
const settleMs = 1_000

export interface Difference {
  kind: DocumentKind
  workspaceId: string
  id: string
  /** missing: not in the index. other: an older text is. extra: not in the tables. */
  what: 'missing' | 'other' | 'extra'
}

export interface CheckReport {
  documents: number
  /** 0 = the index is as the tables are. */
  total: number
  differences: Difference[]
  /** Changes that wait to be indexed: their documents may be among the differences. */
  waiting: number
}

/** Rejects when the index does not answer. What changes while it looks is looked at again. */
export async function checkIndex(deps: { pool: Pool; index: SearchIndex; kinds?: readonly DocumentKind[] }): Promise<CheckReport> {
  const { pool, index } = deps
  const differences: Difference[] = []
  let documents = 0
  let uncounted = 0
  const note = (difference: Difference): void => {
    if (differences.length < mostNamed) differences.push(difference)
    else uncounted++
  }
  for (const kind of deps.kinds ?? documentKinds) {
    for (const workspaceId of new Set([...(await readWorkspaceIds(pool, kind)), ...(await index.workspaces(kind))])) {
      documents += await compareTables(deps, kind, workspaceId, note)
      await compareIndex(deps, kind, workspaceId, note)
    }
  }
  const left = differences.length === 0 ? [] : await lookAgain(deps, differences)
  return { documents, total: left.length + uncounted, differences: left, waiting: (await readIndexLag(pool, null)).documents }
}

type Deps = { pool: Pool; index: SearchIndex }

async function compareTables(
  { pool, index }: Deps,
  kind: DocumentKind,
  workspaceId: string,
  note: (d: Difference) => void,
): Promise<number> {
  let count = 0
  for (let after: string | null = null; ;) {
    const there = await readDocuments(pool, kind, workspaceId, { after, count: page })
    const known = await index.fingerprints(
      kind,
      workspaceId,
      there.map(({ id }) => id),
    )
    for (const { id, fingerprint } of there) {
      const indexed = known.get(id)
      if (indexed !== fingerprint) note({ kind, workspaceId, id, what: indexed === undefined ? 'missing' : 'other' })
    }
    count += there.length
    if (there.length < page) return count
    after = there.at(-1)!.id
  }
}

async function compareIndex({ pool, index }: Deps, kind: DocumentKind, workspaceId: string, note: (d: Difference) => void): Promise<void> {
  for (let after: string | null = null; ;) {
    const { ids, next } = await index.scan(kind, workspaceId, after, page)
    const there = await readExisting(pool, kind, workspaceId, ids)
    for (const id of ids) if (!there.has(id)) note({ kind, workspaceId, id, what: 'extra' })
    if (next === null) return
    after = next
  }
}

/** What differed a moment ago may have been on its way. */
async function lookAgain({ pool, index }: Deps, differences: readonly Difference[]): Promise<Difference[]> {
  await wait(settleMs)
  const left: Difference[] = []
  for (const difference of differences) {
    const { kind, workspaceId, id } = difference
    const [document] = await readDocuments(pool, kind, workspaceId, { ids: [id] })
    const indexed = (await index.fingerprints(kind, workspaceId, [id])).get(id)
    if (document?.fingerprint === indexed) continue
    left.push({ ...difference, what: document === undefined ? 'extra' : indexed === undefined ? 'missing' : 'other' })
  }
  return left
}
