// One action on everything that a filter shows: counted first, confirmed by that count, done in steps by workers.
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import {
  promoteMax,
  type BulkAction,
  type JobBulkInput,
  type JobBulkPreview,
  type JobFilter,
  type JobOperationView,
} from '#shared/contracts/job.ts'
import { toPage, type Page } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { uuidOf, uuidOfCursor } from '#shared/id-cursor.ts'
import { newUuid, parsePublicId, publicId } from '#shared/ids.ts'
import type { QueueName } from '#shared/jobs/queues.ts'
import { appendAudit } from '../audit/index.ts'
import {
  endOperation,
  findOperation,
  insertOperation,
  listOperations,
  lockOperationForEnd,
  type FrozenFilter,
  type OperationRow,
} from './job-operation.repository.ts'
import type { JobScope } from './job.repository.ts'
import { countSelection, type JobSelection } from './job-selection.repository.ts'
import { parseJobId } from './job-view.ts'
import { matchOf, scopeOf } from './jobs.ts'
import { findLane } from './lane.repository.ts'
import { laneName, type Onlooker } from './lanes.ts'
import type { PageQuery } from './page-after.ts'
import { readPaused } from './queue-setting.repository.ts'

export interface JobOperations {
  /** Exactly what would be touched now. Faults: invalid where the action makes no sense for the state; forbidden; conflict. */
  preview(onlooker: Onlooker, queue: QueueName, input: { action: BulkAction; filter: JobFilter }): Promise<JobBulkPreview>
  /** Faults: invalid; forbidden; conflict when confirmCount is not what matches now, or a paused queue is to hand something over. */
  start(onlooker: Onlooker, queue: QueueName, input: JobBulkInput, actor: Actor): Promise<JobOperationView>
  list(onlooker: Onlooker, queue: QueueName, query: PageQuery): Promise<Page<JobOperationView>>
  get(onlooker: Onlooker, queue: QueueName, id: string): Promise<JobOperationView>
  /** What was done stays done. Faults: not-found; conflict when it has ended. */
  abort(onlooker: Onlooker, queue: QueueName, id: string, actor: Actor, reason: string): Promise<JobOperationView>
}

export function createJobOperations({ pool }: { pool: Pool }): JobOperations {
  /** The selection as of now; null when nothing can match. */
  async function freeze(scope: JobScope, queue: QueueName, filter: JobFilter): Promise<(JobSelection & { filter: FrozenFilter }) | null> {
    if (filter.state === 'paused' && !(await readPaused(pool, queue))) return null
    const lane =
      filter.lane === undefined ? null : await findLane(pool, queue, { uuid: parsePublicId('endpoint', filter.lane), key: filter.lane })
    if (filter.lane !== undefined && !lane) return null
    const match = filter.q === undefined ? null : await matchOf(pool, scope, queue, filter.q)
    const state = filter.state === 'paused' ? 'waiting' : filter.state
    // An id that cannot be a job of this queue names nothing.
    const ids = filter.ids?.flatMap((id) => parseJobId(queue, id)?.id ?? []) ?? null
    return {
      queue,
      state,
      lane,
      match,
      ids,
      asOf: new Date(),
      cutoffId: newUuid(),
      filter: { shown: filter, lane, match, ids, opens: scope.opens },
    }
  }

  async function existing(onlooker: Onlooker, queue: QueueName, id: string): Promise<OperationRow> {
    const row = await findOperation(pool, scopeOf(onlooker), queue, uuidOf('jobOperation', id))
    if (!row) throw new Fault('not-found', 'There is no such operation on this queue.')
    return row
  }

  /** Promoting goes before everybody's work, and puts rows where only few may stand. */
  async function refusePromotion(onlooker: Onlooker, queue: QueueName): Promise<void> {
    if (!onlooker.instance) throw new Fault('forbidden', 'Letting jobs go first takes an operator or a key of the instance.')
    if (await readPaused(pool, queue)) throw new Fault('conflict', 'The queue is paused: nothing is handed over until it is resumed.')
  }

  return {
    async preview(onlooker, queue, { action, filter }) {
      refuseSenseless(queue, action, filter)
      if (action === 'promote') await refusePromotion(onlooker, queue)
      const selection = await freeze(scopeOf(onlooker), queue, filter)
      if (!selection) return { total: 0, lanes: [], oldestDueAt: null }
      const count = await countSelection(pool, scopeOf(onlooker), selection)
      return {
        total: count.total,
        lanes: count.lanes.map((lane) => ({ lane: laneName(lane), count: lane.count })),
        oldestDueAt: count.oldestDueAt?.toISOString() ?? null,
      }
    },
    async start(onlooker, queue, input, actor) {
      refuseSenseless(queue, input.action, input.filter)
      if (input.action === 'promote') await refusePromotion(onlooker, queue)
      const scope = scopeOf(onlooker)
      const id = newUuid()
      await transaction(pool, async (client) => {
        const selection = await freeze(scope, queue, input.filter)
        const total = selection ? (await countSelection(client, scope, selection)).total : 0
        if (total !== input.confirmCount)
          throw new Fault('conflict', `The filter matches ${total} jobs now, not ${input.confirmCount}: look again before acting.`)
        if (input.action === 'promote' && total > promoteMax)
          throw new Fault('invalid', `At most ${promoteMax.toLocaleString('en-US')} jobs go first together.`, {
            errors: [{ path: '/filter', message: `matches ${total.toLocaleString('en-US')} jobs: narrow it` }],
          })
        if (!selection || total === 0) throw new Fault('conflict', 'The filter matches nothing any more.')
        await insertOperation(client, {
          id,
          workspaceId: scope.workspaceId,
          everywhere: scope.everywhere,
          queue,
          action: input.action,
          filter: selection.filter,
          cutoffId: selection.cutoffId,
          asOf: selection.asOf,
          total,
          reason: input.reason,
          startedBy: actor.name,
        })
        await appendAudit(client, {
          workspaceId: scope.workspaceId,
          actor,
          action: `job.bulk-${input.action}`,
          subjectKind: 'job-operation',
          subjectId: publicId('jobOperation', id),
          reason: input.reason,
          details: { queue, filter: input.filter, total, everyWorkspace: scope.everywhere },
        })
      })
      return viewOf((await findOperation(pool, scope, queue, id))!)
    },
    async list(onlooker, queue, query) {
      const before = uuidOfCursor('jobOperation', query.cursor) ?? null
      const rows = await listOperations(pool, scopeOf(onlooker), queue, { before, count: query.limit + 1 })
      return toPage(rows.map(viewOf), query.limit, (last) => last.id)
    },
    async get(onlooker, queue, id) {
      return viewOf(await existing(onlooker, queue, id))
    },
    async abort(onlooker, queue, id, actor, reason) {
      const row = await existing(onlooker, queue, id)
      await transaction(pool, async (client) => {
        const state = await lockOperationForEnd(client, row.id)
        if (state !== 'running') throw new Fault('conflict', `The operation has ended already: it is ${state}.`)
        await endOperation(client, row.id, 'aborted')
        await appendAudit(client, {
          workspaceId: row.workspaceId,
          actor,
          action: 'job.bulk-abort',
          subjectKind: 'job-operation',
          subjectId: id,
          reason,
          details: { queue },
        })
      })
      return viewOf(await existing(onlooker, queue, id))
    },
  }
}

function refuseSenseless(queue: QueueName, action: BulkAction, filter: JobFilter): void {
  const refuse = (path: string, message: string): never => {
    throw new Fault('invalid', 'That cannot be done to many.', { errors: [{ path, message }] })
  }
  if (queue === 'replay') refuse('/action', 'replays and operations are aborted one by one')
  if (action === 'retry' && filter.state !== 'delayed') refuse('/filter/state', 'only delayed jobs can be made due now')
  if (action === 'promote' && filter.state === 'held') refuse('/filter/state', 'their endpoint is disabled: enable it, and they go out')
  if (filter.state === 'active') refuse('/filter/state', 'what a worker has ends by itself')
}

function viewOf(row: OperationRow): JobOperationView {
  return {
    id: publicId('jobOperation', row.id),
    queue: row.queue,
    action: row.action,
    filter: row.filter.shown,
    state: row.state,
    total: row.total,
    done: row.done,
    skipped: row.skipped,
    reason: row.reason,
    startedBy: row.startedBy,
    stopReason: row.stopReason,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }
}
