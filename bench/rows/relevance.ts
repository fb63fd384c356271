// How good search is: nDCG@10 over judged queries (bench/relevance), by words in Postgres, and by words, by meaning and by both in Weaviate.
import { join } from 'node:path'
import { createPool } from '#platform/postgres/index.ts'
import {
  createPostgresIndex,
  createWeaviateIndex,
  type IndexDocument,
  type IndexQuery,
  type SearchIndex,
} from '#platform/search-index/index.ts'
import { alphaFor } from '#services/search/index.ts'
import { newUuid } from '#shared/ids.ts'
import { eventually } from '../../tests/support/eventually.ts'
import { startEmbeddedWeaviate } from '../../tools/launcher/embedded-weaviate.ts'
import type { Bench } from '../bench.ts'
import { mean } from '../figures.ts'
import { embedFixture, type FixtureVectors } from '../relevance/embed-fixture.ts'
import { queryKinds, readFixture, type JudgedQuery, type QueryKind } from '../relevance/fixture.ts'
import type { RelevanceDocument } from '../relevance/github-texts.ts'
import { ndcg } from '../relevance/ndcg.ts'

const depth = 10
/** Beside what the API takes when nobody says one. */
const alphas = [0.25, 0.5, 0.75]

type Scores = Record<'all' | QueryKind, number>
/** Without alpha: as the API asks. */
type Way = Pick<IndexQuery, 'mode' | 'alpha'>
const usual = 'both, Weaviate'

interface Collection {
  documents: RelevanceDocument[]
  queries: JudgedQuery[]
  vectors: FixtureVectors
}

export async function relevance(bench: Bench): Promise<void> {
  const { documents, queries } = readFixture()
  const vectors = await embedFixture(bench.say)
  const collection = { documents, queries, vectors }
  const scores = { ...(await inPostgres(bench, collection)), ...(await inWeaviate(bench, collection)) }
  bench.details.relevance = { documents: documents.length, queries: queries.length, depth, scores }

  const figure = ({ all, ...kinds }: Scores): string =>
    `${all.toFixed(2)} (${queryKinds.map((kind) => `${kind} ${kinds[kind].toFixed(2)}`).join(', ')})`
  const words = scores['words, Postgres']!
  for (const [name, score] of Object.entries(scores)) {
    bench.figures.push({
      row: `relevance, nDCG@${depth} of ${queries.length} queries: ${name}`,
      figure: figure(score),
      ...(name === usual ? { beside: `words alone ${words.all.toFixed(2)}`, goal: '>= words alone', ok: score.all >= words.all } : {}),
    })
  }
}

async function inPostgres(bench: Bench, collection: Collection): Promise<Record<string, Scores>> {
  const pool = createPool({ url: bench.databaseUrl, max: 2, applicationName: 'bench-relevance' })
  try {
    return await scoresOf(createPostgresIndex({ pool }), collection, { 'words, Postgres': { mode: 'words' } })
  } finally {
    await pool.end()
  }
}

async function inWeaviate(bench: Bench, collection: Collection): Promise<Record<string, Scores>> {
  const weaviate = await startEmbeddedWeaviate({ dataFolder: join(bench.product.dataFolder, 'relevance'), say: bench.say })
  const index = createWeaviateIndex(weaviate)
  try {
    await index.prepare()
    return await scoresOf(index, collection, {
      'words, Weaviate': { mode: 'words' },
      'meaning, Weaviate': { mode: 'meaning' },
      ...Object.fromEntries(alphas.map((alpha) => [`both, alpha ${alpha}, Weaviate`, { mode: 'hybrid', alpha }])),
      [usual]: { mode: 'hybrid' },
    })
  } finally {
    await index.close()
    await weaviate.stop()
  }
}

async function scoresOf(index: SearchIndex, collection: Collection, ways: Record<string, Way>): Promise<Record<string, Scores>> {
  const { documents, queries, vectors } = collection
  // All in one kind, so that one order is judged; in a workspace of their own.
  const workspace = newUuid()
  const at = new Date()
  const refused = await index.put(
    'notification',
    workspace,
    documents.map(({ id, title, text }, i): IndexDocument => ({
      ...{ id, title, body: text, names: '', filters: {}, at, fingerprint: 'bench' },
      ...(index.byMeaning ? { vector: vectors.documents[i] } : {}),
    })),
  )
  if (refused.length > 0) throw new Error(`${index.name} refused ${refused[0]!.id}: ${refused[0]!.reason}`)
  const idsOf = async (i: number, way: Way): Promise<string[]> => {
    const text = queries[i]!.query
    const query = { alpha: alphaFor(text), ...way, text, vector: way.mode === 'words' ? undefined : vectors.queries[i] }
    return (await index.search('notification', workspace, { ...query, filters: {}, limit: depth })).hits.map(({ id }) => id)
  }
  // An index may take a moment until it answers with what it was given.
  await eventually(async () => (await index.scan('notification', workspace, null, 1_000)).ids.length >= Math.min(1_000, documents.length), {
    timeoutMs: 60_000,
  })
  const answers: Record<string, Scores> = {}
  for (const [name, way] of Object.entries(ways)) {
    const values: number[] = []
    for (const i of queries.keys()) values.push(ndcg(await idsOf(i, way), queries[i]!.grades, depth))
    const of = (kind: QueryKind): number => mean(...values.filter((_, i) => queries[i]!.kind === kind))
    answers[name] = { all: mean(...values), words: of('words'), meaning: of('meaning'), mixed: of('mixed') }
  }
  return answers
}
