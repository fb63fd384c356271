// The relay hands rows over that nobody holds: passed leases, retries, schedules, overflow, large fan-outs. Any number of
// relays may run: each tick belongs to whoever gets the advisory lock, so there is no leader to lose or to freeze.
import { setTimeout as delay } from 'node:timers/promises'
import { failPoint } from '#platform/lifecycle/fail-points.ts'
import { listen, transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { Dispatch, Queues } from '#platform/queue/index.ts'
import { keyPrefix } from '#platform/queue/index.ts'
import type { Redis } from '#platform/redis/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { queueNames, queues as definitions, type QueueName } from '#shared/jobs/queues.ts'
import { pauseKey, publishLaneRooms, throughRelayKey, type LaneKey } from './lane-budget.ts'
import { readQueueLimits, spendTokens } from './queue-limit.repository.ts'
import { intoChunks } from './into-chunks.rules.ts'
import { spreadTokens } from './spread-tokens.rules.ts'
import { createOwnerWatch } from './owner-watch.rules.ts'
import {
  claimRows,
  claimSuspect,
  extendLeases,
  findLanesWithWork,
  findQuietOwners,
  findSuspectQueues,
  findUnstarted,
  freeAllDispatched,
  freePassedLeases,
  freeUnstarted,
  poisonStarts,
  readLaneStates,
  undoDispatch,
  type ClaimedRow,
} from './outbox.repository.ts'

const tickLock = 7_470_001
const markerKey = `${keyPrefix}:marker`
/** Rows that one tick takes from one queue. */
const rowsPerTick = 5_000
/** A failing endpoint gets this share of the queue until a call succeeds again. */
const failingLaneRows = 16
const pollMs = 500
/** How often a queue or a lane that an operator has limited is looked at while it has work. */
const limitedPollMs = 50
const sweepMs = 1_000
/** How often the jobs of rows that nobody starts are looked for in Redis; less often where that takes long. */
const lookMs = 3_000
const longestLookMs = 10_000
/** Every so many claims of a queue go by age alone, so that what is of low priority is late and not for ever. */
const claimsByAge = 8
/** Jobs per queue that one look reads. Where more wait, what is not seen may be further back. */
const lookAtJobs = 2_000
/** Longer than this between two turns = Postgres was away or this process was frozen: what was observed before means nothing. */
const gapMs = 4_000

export interface PoisonRow {
  id: string
  kind: ClaimedRow['kind']
  workspaceId: string
  starts: number
  lastError: string | null
}

export interface RelayOptions {
  pool: Pool
  url: string
  redis: Redis
  queues: Queues
  log: Log
  /** Makes a row that used up its starts a dead letter, in the relay's transaction. */
  bury: (client: PoolClient, row: PoisonRow) => Promise<void>
  /** Called about once a second by one of the relays: roll-ups, releases and the like. */
  chores: (() => Promise<void>)[]
  /** How long after it was due the latest row of a claim was dispatched, in milliseconds. */
  onDispatched?: (lagMs: number) => void
}

export interface Relay {
  stop(): Promise<void>
}

export function startRelay(options: RelayOptions): Relay {
  const { pool, redis, queues, log } = options
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  let wake: (() => void) | undefined
  let woken = false
  let lastSweepAt = 0
  let lastGoodAt = Date.now()
  let nextLookAt = 0
  const owners = createOwnerWatch()
  /** Whose turn it is among the lanes of a queue that has a rate. */
  const turns = new Map<QueueName, number>()
  const claims = new Map<QueueName, number>()
  let reported = ''
  let reportedAt = 0

  const listener = listen({
    url: options.url,
    channels: ['outbox', 'process_ended'],
    applicationName: 'signalbox-relay-listen',
    onNotify: (channel) => {
      // What the dead had started is free at once, not at the next sweep.
      if (channel === 'process_ended') lastSweepAt = 0
      nudge()
    },
    onConnect: () => nudge(),
  })

  function nudge(): void {
    woken = true
    wake?.()
  }

  async function sleep(ms: number): Promise<void> {
    if (woken) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    wake = undefined
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      woken = false
      let nextMs = pollMs
      const startedAt = performance.now()
      try {
        if (queues.available) nextMs = await tick()
        if (Date.now() - lastSweepAt >= sweepMs) {
          lastSweepAt = Date.now()
          // Before the sweep: after a gap heartbeats are old for everyone, and owners get time to beat again.
          if (Date.now() - lastGoodAt > gapMs) owners.forget()
          await sweep()
        }
        lastGoodAt = Date.now()
      } catch (error) {
        if (!stopped) log.warn({ err: error }, 'the relay could not finish a turn')
        nextMs = pollMs
      }
      // A storm of wake-ups must not make the relay the database's busiest client: it rests as long as its turn took.
      const restMs = Math.min(100, performance.now() - startedAt)
      if (!stopped) await delay(restMs)
      if (!stopped) await sleep(nextMs)
    }
  }

  /** One turn of the hand-over; answers how long to wait for the next one. */
  async function tick(): Promise<number> {
    const plan = await transaction(pool, async (client) => {
      const { rows: lock } = await client.query('SELECT pg_try_advisory_xact_lock($1) AS got', [tickLock])
      if (!lock[0].got) return null
      return claim(client)
    })
    if (!plan) return pollMs
    if (plan.dispatches.length > 0) failPoint?.('after-claim')
    if (plan.dispatches.length > 0) await handOver(plan.dispatches)
    const report = JSON.stringify([...plan.rooms])
    // Again now and then: a Redis that was emptied or restarted must not forget a pause.
    if (report !== reported || Date.now() - reportedAt > 5_000) {
      await publishLaneRooms(redis, plan.rooms)
      reported = report
      reportedAt = Date.now()
    }
    return plan.nextMs
  }

  async function claim(client: PoolClient): Promise<{ dispatches: Dispatch[]; rooms: Map<LaneKey, number>; nextMs: number }> {
    const lanes = await findLanesWithWork(client)
    const states = await readLaneStates(client)
    const suspectQueues = await findSuspectQueues(client)
    const limits = await readQueueLimits(client)
    const failing = await readFailing(
      client,
      lanes.filter((lane) => lane.queue === 'delivery-webhook').map((lane) => lane.lane),
    )
    const stateOf = new Map(states.map((state) => [`${state.queue} ${state.lane}` as LaneKey, state]))
    const rooms = new Map<LaneKey, number>()
    for (const state of states) rooms.set(`${state.queue} ${state.lane}`, Math.max(0, definitions[state.queue].laneRows - state.leasedDue))
    for (const [queue, limit] of limits) {
      if (limit.ratePerSecond !== null) rooms.set(throughRelayKey(queue), 0)
      for (const lane of limit.lanes.keys()) rooms.set(throughRelayKey(queue, lane), 0)
    }
    const dispatches: Dispatch[] = []
    let nextMs = pollMs

    for (const queue of queueNames) {
      const limit = limits.get(queue)
      if (limit?.paused) {
        rooms.set(pauseKey(queue), 0)
        continue
      }
      const definition = definitions[queue]
      const rate = limit?.ratePerSecond ?? null
      const ready = lanes.filter((lane) => lane.queue === queue && lane.ready && (rate === null || lane.dueInMs <= 0))
      const share = Math.ceil(rowsPerTick / Math.max(1, ready.length))
      let wanted = ready
        .map((lane) => {
          const state = stateOf.get(`${queue} ${lane.lane}`)
          const own = limit?.lanes.get(lane.lane)
          const cap = Math.min(own ?? definition.laneRows, failing.has(lane.lane) ? failingLaneRows : Infinity)
          // A small share is used up before the next poll.
          if (own !== undefined && own > 0) nextMs = Math.min(nextMs, limitedPollMs)
          const due = cap - (state?.leasedDue ?? 0)
          const room = lane.dueInMs > 0 ? Math.min(due, definition.laneDelayedRows - (state?.leasedDelayed ?? 0)) : due
          return { lane: lane.lane, room: Math.min(room, share) }
        })
        .filter((lane) => lane.room > 0)
      if (rate !== null) {
        wanted = spreadTokens(wanted, limit!.tokens, (turns.get(queue) ?? 0) + 1)
        turns.set(queue, (turns.get(queue) ?? 0) + 1)
        if (ready.length > 0) nextMs = Math.min(nextMs, Math.max(limitedPollMs, 1_000 / rate))
      }
      const claimed = wanted.length > 0 ? await claimRows(client, queue, wanted, rate === null ? undefined : 0, orderOf(queue)) : []
      if (rate !== null) await spendTokens(client, queue, limit!.tokens - claimed.length)
      dispatches.push(...intoChunks(queue, claimed))
      if (claimed.length > 0) options.onDispatched?.(claimed.reduce((most, row) => Math.max(most, -row.dueInMs), 0))
      // A lane with a backlog has no room for anyone else: new rows must not overtake old ones for ever.
      const byLane = Map.groupBy(claimed, (row) => row.lane)
      for (const lane of ready) {
        const took = byLane.get(lane.lane)?.length ?? 0
        const asked = wanted.find((want) => want.lane === lane.lane)?.room ?? 0
        if (took >= asked) {
          rooms.set(`${queue} ${lane.lane}`, 0)
          if (took > 0 && rate === null) nextMs = Math.min(nextMs, 20)
        }
      }
      const suspects = states.filter((state) => state.queue === queue).reduce((sum, state) => sum + state.suspectsLeased, 0)
      if (suspects === 0 && suspectQueues.has(queue)) {
        const suspect = await claimSuspect(client, queue)
        if (suspect && suspect.starts >= poisonStarts) await options.bury(client, suspect)
        else if (suspect) dispatches.push({ queue, rows: [{ id: suspect.id, n: suspect.n }], delayMs: 0 })
        if (suspect) nextMs = 20
      } else if (suspects > 0) {
        nextMs = Math.min(nextMs, 50)
      }
    }
    for (const lane of lanes) {
      if (!lane.ready && !limits.get(lane.queue)?.paused) nextMs = Math.min(nextMs, Math.max(20, lane.dueInMs - 60_000))
    }
    return { dispatches, rooms, nextMs }
  }

  function orderOf(queue: QueueName): 'priority' | 'age' {
    const count = (claims.get(queue) ?? 0) + 1
    claims.set(queue, count)
    return count % claimsByAge === 0 ? 'age' : 'priority'
  }

  async function handOver(dispatches: Dispatch[]): Promise<void> {
    try {
      await queues.add(dispatches)
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'Redis did not take a hand-over; the rows stay in Postgres')
      await undoDispatch(
        pool,
        dispatches.flatMap((dispatch) => dispatch.rows),
      )
    }
  }

  async function sweep(): Promise<void> {
    if (queues.available) {
      if (await hasForgotten()) {
        const freed = await transaction(pool, (client) => freeAllDispatched(client))
        if (freed > 0) log.warn({ rows: freed }, 'Redis had lost its memory: what was dispatched is handed over again')
        nudge()
      } else if (Date.now() >= nextLookAt) {
        const startedAt = Date.now()
        await lookForJobs().catch((error: unknown) =>
          log.warn({ error: (error as Error).message }, 'Redis could not be asked which jobs wait'),
        )
        nextLookAt = Date.now() + Math.min(Math.max(lookMs, 50 * (Date.now() - startedAt)), longestLookMs)
      }
    }
    const gone = owners.observe(await findQuietOwners(pool), Date.now())
    const freed = await transaction(pool, (client) => freePassedLeases(client, gone))
    if (freed > 0) {
      log.info({ rows: freed }, 'leases had passed or their owner was gone: the rows are due again')
      nudge()
    }
    for (const chore of options.chores) {
      await chore().catch((error: unknown) => {
        if (!stopped) log.warn({ err: error }, 'a chore of the relay failed')
      })
    }
  }

  /**
   * Our marker is gone, or was set in an earlier life of this Redis: an append-only file that is read back lacks its last
   * second at least. Answers true once, to one relay.
   */
  async function hasForgotten(): Promise<boolean> {
    const life = /run_id:(\w+)/.exec(await redis.info('server'))?.[1] ?? 'unknown'
    return (await redis.set(markerKey, life, 'GET')) !== life
  }

  /**
   * A row that was dispatched and that nobody starts: its job is looked for. One that waits in Redis gets more time, not
   * another job; one that does not (whoever put it there or took it died in between, or Redis came back from an old file) is
   * due again now instead of when its lease passes.
   */
  async function lookForJobs(): Promise<void> {
    for (const queue of await findUnstarted(pool)) {
      const waiting = await queues.waitingRows(queue, lookAtJobs)
      const freed = await transaction(pool, async (client) => {
        await extendLeases(client, waiting.rows)
        return waiting.complete ? freeUnstarted(client, queue) : 0
      })
      if (freed === 0) continue
      log.info({ queue, rows: freed }, 'what was handed over is nowhere in Redis: the rows are due again')
      nudge()
    }
  }

  running = loop()
  return {
    async stop() {
      stopped = true
      wake?.()
      await listener.close()
      await running
    },
  }
}

async function readFailing(client: PoolClient, endpoints: string[]): Promise<Set<string>> {
  if (endpoints.length === 0) return new Set()
  const { rows } = await client.query({
    name: 'endpoint-failing',
    text: 'SELECT id FROM endpoint WHERE id = ANY($1::uuid[]) AND failing_since IS NOT NULL',
    values: [endpoints],
  })
  return new Set(rows.map((row) => row.id as string))
}
