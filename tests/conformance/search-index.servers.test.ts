// The search index in Weaviate as it is.
import { describe } from 'vitest'
import { createWeaviateIndex } from '#platform/search-index/index.ts'
import { startWeaviate } from '../support/real-servers.ts'
import { searchIndexSuite } from './search-index.ts'

describe('in Weaviate', () => {
  searchIndexSuite(async () => {
    const weaviate = await startWeaviate()
    const index = createWeaviateIndex(weaviate)
    return {
      index,
      async close() {
        await index.close()
        await weaviate.stop()
      },
    }
  })
})
