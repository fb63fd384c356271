// The search index in Postgres.
import { describe } from 'vitest'
import { createPostgresIndex } from '#platform/search-index/index.ts'
import { openTestPlatform } from '../support/test-platform.ts'
import { searchIndexSuite } from './search-index.ts'

describe('in Postgres', () => {
  searchIndexSuite(async () => {
    const platform = await openTestPlatform()
    return { index: createPostgresIndex({ pool: platform.pool }), close: () => platform.close() }
  })
})
