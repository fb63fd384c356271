// Lanes as operators see them: whose share of a queue waits how long, and the limit of one.
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Redis } from '#platform/redis/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import type { LaneLimitInput, LaneView } from '#shared/contracts/lane.ts'
import type { Page } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { parsePublicId, publicIdOrNull } from '#shared/ids.ts'
import { queues as definitions, type QueueName } from '#shared/jobs/queues.ts'
import { appendAudit } from '../audit/index.ts'
import { recallDispatched, untilLimitIsHeard, wakeRelay } from '../outbox/index.ts'
import { findLane, readLanes, setLaneLimit, type LaneRow } from './lane.repository.ts'
import { readServedPerSecond } from './lane-tally.ts'
import { pageAfter, type PageQuery } from './page-after.ts'
import { keepByCost } from './keep-by-cost.ts'

/** Who looks: an operator of the instance sees every lane by name, anybody else their own workspace's. */
export interface Onlooker {
  workspaceId: string
  instance: boolean
  /** Workspaces whose payloads, messages and addresses are shown and searched; of others there is what viewers see. */
  opens: readonly string[]
}

interface Seen {
  row: LaneRow
  view: LaneView
}

export interface Lanes {
  /** Every lane by its UUID, as it was a moment ago. */
  all(queue: QueueName): Promise<{ id: string; view: LaneView }[]>
  /** Worst first: the oldest age, then the most waiting. */
  list(onlooker: Onlooker, queue: QueueName, query: PageQuery): Promise<Page<LaneView>>
  /** Faults: not-found. */
  limit(workspaceId: string, queue: QueueName, lane: string, actor: Actor, input: LaneLimitInput): Promise<LaneView>
  /** The queue's own share again. Faults: not-found. */
  unlimit(workspaceId: string, queue: QueueName, lane: string, actor: Actor, reason: string): Promise<LaneView>
}

export function createLanes({ pool, redis }: { pool: Pool; redis: Redis }): Lanes {
  const kept = new Map<QueueName, ReturnType<typeof keepByCost<Seen[]>>>()

  async function look(queue: QueueName, also: string | null = null): Promise<Seen[]> {
    const [rows, served] = await Promise.all([readLanes(pool, queue, also), readServedPerSecond(redis, queue)])
    return rows
      .map((row) => ({ row, view: viewOf(queue, row, served) }))
      .sort((a, b) => b.view.oldestAgeMs - a.view.oldestAgeMs || b.view.waiting - a.view.waiting || (a.view.lane < b.view.lane ? -1 : 1))
  }

  function lanesOf(queue: QueueName): Promise<Seen[]> {
    let keeper = kept.get(queue)
    if (!keeper) kept.set(queue, (keeper = keepByCost(() => look(queue), 10_000)))
    return keeper.get()
  }

  async function change(
    workspaceId: string,
    queue: QueueName,
    lane: string,
    actor: Actor,
    change: { limit: number | null; reason: string },
  ): Promise<LaneView> {
    const id = await findLane(pool, queue, { uuid: parsePublicId('endpoint', lane), key: lane })
    if (!id) throw new Fault('not-found', 'There is no such lane: lanes of webhooks are endpoints, all others are workspaces.')
    await transaction(pool, async (client) => {
      const limit = change.limit === null ? null : { rows: change.limit, by: actor.name, reason: change.reason }
      const before = await setLaneLimit(client, queue, id, limit)
      if (before === change.limit) return
      const recalled = change.limit === null ? 0 : await recallDispatched(client, queue, id)
      await appendAudit(client, {
        workspaceId,
        actor,
        action: change.limit === null ? 'lane.unlimit' : 'lane.limit',
        subjectKind: 'lane',
        subjectId: `${queue}/${lane}`,
        reason: change.reason,
        details: { before, after: change.limit, share: definitions[queue].laneRows, recalled },
      })
      await wakeRelay(client)
    })
    if (change.limit !== null) await untilLimitIsHeard(redis, queue, id)
    kept.delete(queue)
    return (await look(queue, id)).find(({ row }) => row.lane === id)!.view
  }

  return {
    async all(queue) {
      return (await lanesOf(queue)).map(({ row, view }) => ({ id: row.lane, view }))
    },
    async list(onlooker, queue, query) {
      const lanes = await lanesOf(queue)
      const mine = onlooker.instance ? lanes : lanes.filter(({ row }) => row.workspaceId === onlooker.workspaceId)
      return pageAfter(
        mine,
        query,
        ({ view }) => view.lane,
        ({ view }) => view,
      )
    },
    limit: (workspaceId, queue, lane, actor, input) => change(workspaceId, queue, lane, actor, input),
    unlimit: (workspaceId, queue, lane, actor, reason) => change(workspaceId, queue, lane, actor, { limit: null, reason }),
  }
}

/** The name of a lane outside: an endpoint's id, or a workspace's key. */
export function laneName(row: { endpointId: string | null; workspaceKey: string }): string {
  return publicIdOrNull('endpoint', row.endpointId) ?? row.workspaceKey
}

function viewOf(queue: QueueName, row: LaneRow, served: Map<string, number> | null): LaneView {
  return {
    lane: laneName(row),
    kind: row.endpointId ? 'endpoint' : 'workspace',
    name: row.name,
    workspaceKey: row.workspaceKey,
    workspaceName: row.workspaceName,
    waiting: row.waiting,
    inRedis: row.inRedis,
    active: row.active,
    delayed: row.delayed,
    held: row.held,
    oldestAgeMs: row.oldestAgeMs,
    servedPerSecond: served ? Math.round((served.get(row.lane) ?? 0) * 10) / 10 : null,
    failing: row.failing,
    share: definitions[queue].laneRows,
    limit: row.limit,
    limitedBy: row.limitedBy,
    limitedReason: row.limitedReason,
    limitedAt: row.limitedAt?.toISOString() ?? null,
  }
}
