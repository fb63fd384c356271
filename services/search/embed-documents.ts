import { EmbedderUnavailable, type Embedder } from '#platform/embedder/index.ts'
import type { IndexDocument } from '#platform/search-index/index.ts'

/**
 * The documents with their vectors. While the service is away they come back without: words find them, and `missing` says how many
 * have to be done again. Without a service nothing is missing: nobody asked for meaning.
 */
export async function embedDocuments(
  embedder: Embedder | undefined,
  documents: readonly IndexDocument[],
): Promise<{ documents: IndexDocument[]; missing: number }> {
  if (!embedder) return { documents: [...documents], missing: 0 }
  try {
    const vectors = await embedder.embed(documents.map(({ title, body }) => `${title}\n${body}`))
    return { documents: documents.map((document, i) => ({ ...document, vector: vectors[i] })), missing: 0 }
  } catch (error) {
    if (!(error instanceof EmbedderUnavailable)) throw error
    return { documents: [...documents], missing: documents.length }
  }
}
