// The role `index`: keeps the search index as the tables are. The lowest priority of all: it rests while others work.
import { createEmbedder } from '#platform/embedder/index.ts'
import type { Platform } from '#platform/lifecycle/platform.ts'
import { openSearchIndex } from '#platform/search-index/index.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import type { HeldRows } from '#services/outbox/index.ts'
import { startIndexer } from '#services/search/index.ts'
import { indexMeasure } from '#shared/topology/measures.ts'

export function runIndexing(
  platform: Platform,
  options: { owner: string; held: HeldRows; metrics?: Metrics; busy: () => boolean },
): { close(): Promise<void> } {
  const { pool, hot, log, config, counters } = platform
  const place = counters.place(indexMeasure)
  const index = openSearchIndex({ config, pool })
  const indexer = startIndexer({
    pool,
    hot,
    log,
    index,
    owner: options.owner,
    held: options.held,
    busy: options.busy,
    embedder: config.EMBEDDER_URL === undefined ? undefined : createEmbedder({ url: config.EMBEDDER_URL }),
    onIndexed: (documents, lagMs) => {
      place.add(documents)
      place.took(lagMs)
      options.metrics?.worked('index', documents)
    },
  })
  return {
    async close() {
      await indexer.stop()
      await index.close()
    },
  }
}
