// The search index: Weaviate where one is named, else Postgres itself.
import type { Config } from '#platform/config/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import { createPostgresIndex } from './postgres-index.ts'
import { createWeaviateIndex } from './weaviate-index.ts'
import type { SearchIndex } from './search-index.ts'

export { createPostgresIndex } from './postgres-index.ts'
export { createWeaviateIndex } from './weaviate-index.ts'
export { wordsOf } from './query-words.rules.ts'
export {
  documentKinds,
  IndexUnavailable,
  type DocumentKind,
  type IndexAnswer,
  type IndexDocument,
  type IndexHit,
  type IndexQuery,
  type Rebuild,
  type Refused,
  type SearchIndex,
  type SearchMode,
} from './search-index.ts'

/** The index that the configuration names. */
export function openSearchIndex({ config, pool }: { config: Config; pool: Pool }): SearchIndex {
  if (config.WEAVIATE_URL === undefined) return createPostgresIndex({ pool })
  return createWeaviateIndex({
    url: config.WEAVIATE_URL,
    grpcUrl: config.WEAVIATE_GRPC_URL,
    apiKey: config.WEAVIATE_API_KEY,
    replicationFactor: config.WEAVIATE_REPLICATION_FACTOR,
  })
}
