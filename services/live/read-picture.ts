// What is asked for once instead of followed: the topology now, a span of history, series for charts.
import type { Pool } from '#platform/postgres/index.ts'
import type { Snapshot } from '#shared/contracts/live.ts'
import type { Series, SeriesQuery } from '#shared/contracts/series.ts'
import type { HistoryQuery, LiveHistory, TopologyView } from '#shared/contracts/topology.ts'
import type { LiveHub } from './follow-live.ts'
import { readHistory } from './read-history.ts'
import { readSeries } from './read-series.ts'
import { topologyOf } from './read-topology.ts'

/** A collector that nobody watched needs a second to publish; who asks waits no longer than this. */
const patienceMs = 2_500

export interface PictureReader {
  topology(workspaceId: string): Promise<TopologyView>
  history(workspaceId: string, query: HistoryQuery): Promise<LiveHistory>
  series(workspaceId: string, query: SeriesQuery): Promise<Series>
}

export function createPictureReader(deps: { pool: Pool; hub: LiveHub }): PictureReader {
  /** The next snapshot, or the newest one when somebody follows already. */
  async function snapshotNow(workspaceId: string): Promise<Snapshot | null> {
    const ended = AbortSignal.timeout(patienceMs)
    for await (const frame of deps.hub.follow(workspaceId, null, ended)) {
      const [, data] = /^event: snapshot\n(?:id: .*\n)?data: (.*)\n/.exec(frame.toString()) ?? []
      if (data) return JSON.parse(data) as Snapshot
    }
    return null
  }

  return {
    topology: async (workspaceId) => topologyOf(await snapshotNow(workspaceId)),
    history: (workspaceId, query) => readHistory(deps.pool, workspaceId, query),
    series: (workspaceId, query) => readSeries(deps.pool, workspaceId, query),
  }
}
