// How much a process may hand over by itself (the fast path of accept and of fan-out) before the relay must take over:
// as long as a lane has no backlog, and only as many rows as its share allows. A stale report does no harm: what is over
// the cap waits in Redis instead of in Postgres, for a moment.
import { setTimeout as wait } from 'node:timers/promises'
import { queues, type QueueName } from '#shared/jobs/queues.ts'
import { keyPrefix } from '#platform/queue/index.ts'
import type { Redis } from '#platform/redis/index.ts'

const reportKey = `${keyPrefix}:lanes`
/** How long it takes at most until every process has heard of a pause, apart from the relay's own turn. */
export const refreshMs = 250

export type LaneKey = `${QueueName} ${string}`

/** No room in this one: an operator paused the queue. */
export const pauseKey = (queue: QueueName): LaneKey => `${queue} *`

/** Everything of this queue, or of this lane of it, goes through the relay: an operator has limited it. */
export const throughRelayKey = (queue: QueueName, lane = ''): LaneKey => `${queue} ~${lane}`

/** Written by the relay: the room left in lanes that are not empty. A lane that is not named has all of its room. */
export async function publishLaneRooms(redis: Redis, rooms: Map<LaneKey, number>): Promise<void> {
  await redis.set(reportKey, JSON.stringify(Object.fromEntries(rooms)), 'EX', 30)
}

const hearPauseTimeoutMs = 1_500

/** Resolves when every process knows of this pause, or soon when there is no relay to tell them. */
export function untilPauseIsHeard(redis: Redis, queue: QueueName): Promise<void> {
  return untilHeard(redis, pauseKey(queue))
}

/** The same for the limit of a lane: nothing of it starts past the relay any more. */
export function untilLimitIsHeard(redis: Redis, queue: QueueName, lane: string): Promise<void> {
  return untilHeard(redis, throughRelayKey(queue, lane))
}

async function untilHeard(redis: Redis, key: LaneKey): Promise<void> {
  const deadline = performance.now() + hearPauseTimeoutMs
  while (redis.status === 'ready' && performance.now() < deadline) {
    const report = await redis.get(reportKey).catch(() => null)
    if (report?.includes(`"${key}":0`)) {
      await wait(refreshMs + 100)
      return
    }
    await wait(20)
  }
}

export interface LaneBudget {
  /** Takes room for `rows` rows; false = leave them to the relay. */
  take(queue: QueueName, lane: string, rows: number): boolean
  /** May start outside the queue: neither paused nor limited. */
  direct(queue: QueueName, lane: string): boolean
  /** An operator paused it: what comes out of Redis is given back, nothing is opened. */
  paused(queue: QueueName): boolean
  close(): void
}

/** Reads the relay's report four times a second. Without Redis there is no room: rows wait in Postgres. */
export function createLaneBudget(redis: Redis): LaneBudget {
  let rooms = new Map<string, number>()
  let taken = new Map<string, number>()

  const timer = setInterval(() => {
    if (redis.status !== 'ready') return
    redis
      .get(reportKey)
      .then((report) => {
        rooms = new Map(Object.entries(report ? (JSON.parse(report) as Record<string, number>) : {}))
        taken = new Map()
      })
      .catch(() => {})
  }, refreshMs)
  timer.unref()

  const isPaused = (queue: QueueName): boolean => rooms.get(pauseKey(queue)) === 0

  const isLimited = (queue: QueueName, lane: string): boolean =>
    rooms.has(throughRelayKey(queue)) || rooms.has(throughRelayKey(queue, lane))

  return {
    paused: isPaused,
    direct: (queue, lane) => !isPaused(queue) && !isLimited(queue, lane),
    take(queue, lane, rows) {
      if (redis.status !== 'ready') return false
      if (isPaused(queue) || isLimited(queue, lane)) return false
      const key = `${queue} ${lane}`
      const used = taken.get(key) ?? 0
      if (used + rows > (rooms.get(key) ?? queues[queue].laneRows)) return false
      taken.set(key, used + rows)
      return true
    },
    close() {
      clearInterval(timer)
    },
  }
}
