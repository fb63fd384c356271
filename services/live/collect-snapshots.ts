// The collector: one of them leads (an advisory lock), joins what all processes report with what Postgres knows, and publishes one
// snapshot a second through Redis while a page is open somewhere. Otherwise it looks rarely, for the samples alone.
import { seekLeadership, type Pool } from '#platform/postgres/index.ts'
import type { Redis } from '#platform/redis/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { limitsOf, objectivesOf, type ChangedLimits } from '#shared/topology/thresholds.ts'
import { buildCommon, buildWorkspace } from './build-snapshot.ts'
import { hintsBetween, type LiveHint } from './hints.rules.ts'
import { sequenceKey, snapshotChannel } from './keys.ts'
import { createIncidentKeeper, judgePlaces, type IncidentKeeper } from './judge-places.ts'
import { createFailureTally } from './failures.rules.ts'
import { createSampleKeeper } from './keep-samples.ts'
import { createLooker, type Look } from './look.ts'
import { readThresholds } from './threshold.repository.ts'

/** Only this process leads while it holds it; any number that nothing else locks. */
const collectorLock = 72_707_381
const snapshotEveryMs = 1_000
/** Without a page, often enough for samples of ten seconds. */
const idleEveryMs = 5_000
/** How long a standby waits until it tries for the lead again: a dead collector is replaced within two seconds. */
const standbyMs = 400
/** A new collector needs two looks before it can tell a rate. */
const secondLookMs = 250
const thresholdsEveryMs = 2_000
/** Rates are those of the last seconds. */
const windowMs = 5_500

export interface PublishedSnapshot {
  sequence: number
  /** JSON of everything but the workspace. */
  common: string
  /** JSON by workspace id. */
  workspaces: Record<string, string>
  hints: LiveHint[]
  /** The first of a collector that has taken over: what changed since the last one's is in no hint. */
  anew: boolean
}

export interface Collector {
  readonly leading: boolean
  close(): Promise<void>
}

export function startCollector(deps: { pool: Pool; url: string; redis: Redis; log: Log; everyMs?: number }): Collector {
  const { pool, redis, log } = deps
  const everyMs = deps.everyMs ?? snapshotEveryMs
  const leadership = seekLeadership({ url: deps.url, lock: collectorLock, applicationName: 'signalbox-collector' })
  let looker = createLooker({ pool, redis })
  let samples = createSampleKeeper({ pool, log })
  let failures = createFailureTally()
  let incidents: IncidentKeeper | undefined
  let thresholds: { changed: ChangedLimits; readAtMs: number } | undefined
  let looks: Look[] = []
  let sequence = 0
  let anew = true
  let nextIdleLookAt = 0
  let closed = false
  let leading = false
  let timer: NodeJS.Timeout | undefined
  let turning: Promise<void> = Promise.resolve()

  /** One turn; resolves with the time until the next one. */
  async function turn(): Promise<number> {
    const startedAt = performance.now()
    const led = await leadership.lead()
    if (led && !leading) await takeOver()
    leading = led
    if (!leading) return standbyMs
    const watched = await looker.watched()
    const due = watched.length > 0 || looks.length < 2 || startedAt >= nextIdleLookAt
    if (due) {
      nextIdleLookAt = startedAt + idleEveryMs
      const look = await looker.look(watched)
      failures.note(look)
      looks = [...looks.filter((each, at) => each.atMs > look.atMs - windowMs || at === looks.length - 1), look]
      if (looks.length < 2) return secondLookMs
      await publish(look, watched)
    }
    return Math.max(50, everyMs - (performance.now() - startedAt))
  }

  /** Nothing is known of what was before: rates begin anew, the numbers of the snapshots go on. */
  async function takeOver(): Promise<void> {
    looker = createLooker({ pool, redis })
    samples = createSampleKeeper({ pool, log })
    failures = createFailureTally()
    incidents = undefined
    looks = []
    sequence = Number((await redis.get(sequenceKey)) ?? 0)
    anew = true
    log.info('this process collects the live picture')
  }

  /** Changed by people, so read now and then; whoever changes one tells the pages at once. */
  async function changedLimits(): Promise<ChangedLimits> {
    if (!thresholds || performance.now() - thresholds.readAtMs > thresholdsEveryMs)
      thresholds = {
        changed: new Map((await readThresholds(pool)).map((row) => [row.id, row.limits])),
        readAtMs: performance.now(),
      }
    return thresholds.changed
  }

  async function publish(look: Look, watched: readonly string[]): Promise<void> {
    const changed = await changedLimits()
    const limits = limitsOf(changed)
    const picture = buildCommon(looks, objectivesOf(changed), failures.read())
    incidents ??= await createIncidentKeeper(pool)
    const judged = await incidents.keep(judgePlaces(picture.common, limits), look.at)
    await samples.consider(picture, look)
    if (watched.length === 0) return
    const before = looks.at(-2)!
    const message: PublishedSnapshot = {
      sequence: ++sequence,
      common: JSON.stringify({ sequence, ...picture.common, states: judged.states, limits }),
      workspaces: Object.fromEntries(
        watched.flatMap((id) => {
          const workspace = buildWorkspace(looks, id)
          return workspace ? [[id, JSON.stringify(workspace)]] : []
        }),
      ),
      hints: hintsBetween(before, look, judged.changed),
      anew,
    }
    await redis.multi().set(sequenceKey, sequence).publish(snapshotChannel, JSON.stringify(message)).exec()
    anew = false
  }

  function schedule(delayMs: number): void {
    if (closed) return
    timer = setTimeout(() => {
      turning = turn().then(schedule, (error: unknown) => {
        // Redis or Postgres is away: pages see the age of their picture grow.
        log.debug({ error: (error as Error).message }, 'no snapshot')
        schedule(everyMs)
      })
    }, delayMs)
  }

  schedule(0)
  return {
    get leading() {
      return leading
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await turning
      leading = false
      await leadership.close()
    },
  }
}
