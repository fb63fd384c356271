// The judged texts and queries as vectors, by the embedding service as it is.
import { createEmbedder } from '#platform/embedder/index.ts'
import { startEmbedder } from '../../tools/servers/embedder.ts'
import { readFixture } from './fixture.ts'

export interface FixtureVectors {
  /** Of the documents and of the queries, in their order. */
  documents: number[][]
  queries: number[][]
}

export async function embedFixture(say: (line: string) => void): Promise<FixtureVectors> {
  const { documents, queries } = readFixture()
  const service = await startEmbedder({ say })
  try {
    const embedder = createEmbedder({ url: service.url })
    const of = (texts: string[]): Promise<number[][]> => embedder.embed(texts, { timeoutMs: 120_000 })
    // As services/search embeds what it indexes.
    return {
      documents: await of(documents.map(({ title, text }) => `${title}\n${text}`)),
      queries: await of(queries.map(({ query }) => query)),
    }
  } finally {
    await service.stop()
  }
}
