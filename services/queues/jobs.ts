// Jobs: lists by state, a search that answers in a moment however long the backlog, one job with all that is known of it.
import type { Pool } from '#platform/postgres/index.ts'
import { containsPattern } from '#platform/postgres/index.ts'
import type { JobDetail, JobListQuery, JobPage } from '#shared/contracts/job.ts'
import { decodeCursor, encodeCursor } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { cursorFault } from '#shared/id-cursor.ts'
import { parsePublicId } from '#shared/ids.ts'
import type { QueueName } from '#shared/jobs/queues.ts'
import { readMaskedNames } from '../masking/index.ts'
import { parseJobId, jobDetail, jobView } from './job-view.ts'
import {
  findJob,
  findMatches,
  findRefsOf,
  listJobRefs,
  readAttempts,
  readJobs,
  type JobMatch,
  type JobPosition,
  type JobRow,
  type JobScope,
} from './job.repository.ts'
import { findLane } from './lane.repository.ts'
import type { Onlooker } from './lanes.ts'
import { readPaused } from './queue-setting.repository.ts'
import { redactJobDetail, shownRow } from './redact-job.rules.ts'

/** A search answers after about this long with what it has found; whoever asked goes on with the cursor. */
const searchMs = 30
/** Rows that a search looks into at a time: few at first, since a common word is found at once; then as many as fit into its time. */
const searchRows = { first: 300, most: 10_000 }
/** What belongs to one event or recipient is not paged. */
const ofOneLimit = 200

export interface Jobs {
  /** Oldest due first. A search looks into what is shown. Faults: invalid. */
  list(onlooker: Onlooker, queue: QueueName, query: JobListQuery): Promise<JobPage>
  /** Faults: not-found, also when it is done. */
  get(onlooker: Onlooker, queue: QueueName, id: string): Promise<JobDetail>
}

export function scopeOf(onlooker: Onlooker): JobScope {
  return { workspaceId: onlooker.workspaceId, everywhere: onlooker.instance, opens: onlooker.opens }
}

export const jobGone = (): Fault => new Fault('not-found', 'There is no such job in this queue: it is done, or never was.')

export function createJobs({ pool }: { pool: Pool }): Jobs {
  async function search(
    scope: JobScope,
    where: { queue: QueueName; state: Exclude<JobListQuery['state'], 'paused'>; lane: string | null },
    text: string,
    page: { after: JobPosition | null; limit: number },
  ): Promise<{ rows: JobRow[]; searched: number; next: JobPosition | null }> {
    const match = await matchOf(pool, scope, where.queue, text)
    if (match.kind !== 'words') {
      const exact = await findRefsOf(pool, scope, where.queue, { kind: match.kind, value: match.value }, ofOneLimit)
      const rows = await readJobs(pool, scope, exact)
      return {
        rows: rows.filter((row) => row.state === where.state && (!where.lane || row.lane === where.lane)),
        searched: exact.length,
        next: null,
      }
    }
    const until = performance.now() + searchMs
    const pattern = containsPattern(text)
    const found: JobRow[] = []
    let searched = 0
    let window = searchRows.first
    for (let after = page.after; ;) {
      const startedAt = performance.now()
      const refs = await listJobRefs(pool, scope, where, { after, count: window })
      const matching = await findMatches(pool, scope, refs, pattern)
      const hits = matching.slice(0, page.limit - found.length)
      found.push(...(await readJobs(pool, scope, hits)))
      // A page that is full ends at its last hit: what comes after it in this window is looked into again.
      const full = hits.length < matching.length || found.length >= page.limit
      const cut = full ? refs.indexOf(hits.at(-1)!) : refs.length - 1
      searched += cut + 1
      after = refs[cut] ?? after
      if (refs.length < window && cut === refs.length - 1) return { rows: found, searched, next: null }
      const now = performance.now()
      if (full || now >= until) return { rows: found, searched, next: after }
      const affordable = (window * (until - now)) / Math.max(0.1, now - startedAt)
      window = Math.min(searchRows.most, Math.max(searchRows.first, Math.floor(affordable)))
    }
  }

  return {
    async list(onlooker, queue, query) {
      const viewsOf = (rows: JobRow[]) => rows.map((row) => jobView(shownRow(row, onlooker.opens)))
      const scope = scopeOf(onlooker)
      const state = query.state === 'paused' ? 'waiting' : query.state
      if (query.state === 'paused' && !(await readPaused(pool, queue))) return { items: [], nextCursor: null, searched: null }
      const lane =
        query.lane === undefined ? null : await findLane(pool, queue, { uuid: parsePublicId('endpoint', query.lane), key: query.lane })
      if (query.lane !== undefined && !lane) return { items: [], nextCursor: null, searched: null }
      const after = positionOf(query.cursor)
      const where = { queue, state, lane }
      if (query.q !== undefined) {
        const { rows, searched, next } = await search(scope, where, query.q, { after, limit: query.limit })
        return { items: viewsOf(rows), nextCursor: next && cursorOf(next), searched }
      }
      const refs = await listJobRefs(pool, scope, where, { after, count: query.limit + 1 })
      const shown = refs.slice(0, query.limit)
      const items = viewsOf(await readJobs(pool, scope, shown))
      return { items, nextCursor: refs.length > query.limit ? cursorOf(shown.at(-1)!) : null, searched: null }
    },
    async get(onlooker, queue, id) {
      const job = parseJobId(queue, id)
      const row = job && (await findJob(pool, scopeOf(onlooker), queue, job))
      if (!row) throw jobGone()
      const [attempts, paused] = await Promise.all([row.deliveryState ? readAttempts(pool, row.id) : [], readPaused(pool, queue)])
      const detail = jobDetail(shownRow(row, onlooker.opens), attempts, paused !== null)
      return onlooker.opens.includes(row.workspaceId) ? detail : redactJobDetail(detail, await readMaskedNames(pool, row.workspaceId))
    },
  }
}

/** What a search text means in a queue: the list and what acts on it agree on this. */
export async function matchOf(pool: Pool, scope: JobScope, queue: QueueName, text: string): Promise<JobMatch> {
  const eventId = parsePublicId('event', text)
  if (eventId) return { kind: 'event', value: eventId }
  const notificationId = parsePublicId('notification', text)
  if (notificationId) return { kind: 'notification', value: notificationId }
  const job = parseJobId(queue, text)
  if (job) return { kind: 'job', value: job.id }
  const ofRecipient = await findRefsOf(pool, scope, queue, { kind: 'recipient', value: text }, 1)
  return ofRecipient.length > 0 ? { kind: 'recipient', value: text } : { kind: 'words', value: text }
}

function cursorOf(position: JobPosition): string {
  return encodeCursor(`${position.dueAt}|${position.id}`)
}

function positionOf(cursor: string | undefined): JobPosition | null {
  if (cursor === undefined) return null
  const [dueAt, id] = (decodeCursor(cursor) ?? '').split('|')
  if (!dueAt || !/^(infinity|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d(:\d\d)?)$/.test(dueAt) || !/^[0-9a-f-]{36}$/.test(id ?? ''))
    throw cursorFault()
  return { dueAt, id: id! }
}
