// The index built anew from the tables. Searches are answered all the while; what changes meanwhile is indexed by the workers as ever.
import { setTimeout as wait } from 'node:timers/promises'
import type { Embedder } from '#platform/embedder/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import { documentKinds, type DocumentKind, type IndexDocument, type Refused, type SearchIndex } from '#platform/search-index/index.ts'
import { estimateDocuments, readDocuments, readExisting, readWorkspaceIds } from './document.repository.ts'
import { embedDocuments } from './embed-documents.ts'

const page = 500
/** The embedding service may be starting: asked again after so many seconds each. */
const patienceSeconds = [1, 2, 5, 10]

export interface RebuildProgress {
  kind: DocumentKind
  /** Documents that are in, of about so many. */
  done: number
  of: number
}

export interface RebuildReport {
  documents: number
  /** Left the index because they are not in the tables. */
  removed: number
  refused: { kind: DocumentKind; id: string; reason: string }[]
}

/** Rejects, and leaves the old index as it was, when the index or the embedding service stay away. */
export async function rebuildIndex(deps: {
  pool: Pool
  index: SearchIndex
  embedder: Embedder | undefined
  kinds?: readonly DocumentKind[]
  onProgress?: (progress: RebuildProgress) => void
}): Promise<RebuildReport> {
  const { pool, index, embedder } = deps
  const report: RebuildReport = { documents: 0, removed: 0, refused: [] }
  await index.prepare()
  for (const kind of deps.kinds ?? documentKinds) {
    const of = await estimateDocuments(pool, kind)
    const rebuild = await index.beginRebuild(kind)
    let done = 0
    try {
      for (const workspaceId of await readWorkspaceIds(pool, kind)) {
        for (let after: string | null = null; ;) {
          const documents: IndexDocument[] = await readDocuments(pool, kind, workspaceId, { after, count: page })
          if (documents.length > 0) {
            const refused = await putAsTheyAre(documents, {
              put: async (some) => rebuild.put(workspaceId, index.byMeaning ? await embedded(embedder, some) : some),
              read: (ids) => readDocuments(pool, kind, workspaceId, { ids }),
            })
            report.refused.push(...refused.map((each) => ({ kind, ...each })))
            done += documents.length
            deps.onProgress?.({ kind, done, of: Math.max(done, of) })
          }
          if (documents.length < page) break
          after = documents.at(-1)!.id
        }
      }
      await rebuild.finish()
    } catch (error) {
      await rebuild.abort().catch(() => {})
      throw error
    }
    report.documents += done
    // What was deleted while its page was on its way, and in an index that is rebuilt in place what was there before.
    report.removed += await removeExtra(pool, index, kind)
  }
  return report
}

/**
 * A worker may have put a newer text in between reading these and putting them: read again until they are what the tables have. What changes
 * after that has its own row in the outbox.
 */
async function putAsTheyAre(
  documents: readonly IndexDocument[],
  { put, read }: { put(some: IndexDocument[]): Promise<Refused[]>; read(ids: string[]): Promise<IndexDocument[]> },
): Promise<Refused[]> {
  const refused: Refused[] = []
  for (let some = [...documents]; some.length > 0;) {
    refused.push(...(await put(some)))
    const fingerprints = new Map(some.map(({ id, fingerprint }) => [id, fingerprint]))
    some = (await read([...fingerprints.keys()])).filter(({ id, fingerprint }) => fingerprints.get(id) !== fingerprint)
  }
  return refused
}

async function embedded(embedder: Embedder | undefined, documents: IndexDocument[]): Promise<IndexDocument[]> {
  for (const seconds of patienceSeconds) {
    const answer = await embedDocuments(embedder, documents)
    if (answer.missing === 0) return answer.documents
    await wait(seconds * 1_000)
  }
  throw new Error('The embedding service does not answer: start it, or unset EMBEDDER_URL to search by words.')
}

async function removeExtra(pool: Pool, index: SearchIndex, kind: DocumentKind): Promise<number> {
  let removed = 0
  for (const workspaceId of await index.workspaces(kind)) {
    for (let after: string | null = null; ;) {
      const { ids, next } = await index.scan(kind, workspaceId, after, page)
      const there = await readExisting(pool, kind, workspaceId, ids)
      const extra = ids.filter((id) => !there.has(id))
      await index.remove(kind, workspaceId, extra)
      removed += extra.length
      if (next === null) break
      after = next
    }
  }
  return removed
}
