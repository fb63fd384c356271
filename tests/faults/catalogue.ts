// The rows of the fault catalogue that need the product's own processes. Each answers its figures and the promises it found broken.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startEmbeddedRedis } from '../../tools/launcher/embedded-redis.ts'
import { eventually } from '../support/eventually.ts'
import { describe } from './checker.rules.ts'
import { readClientLedger } from './client-ledger.ts'
import { startFaultRun, type FaultRun } from './fault-run.ts'
import type { Fault } from './nemesis.ts'
import { eventOf, eventTypes, expectationOf, type Expectation } from './plan.ts'

export interface Settings {
  seed: number
  /** Random kills and the events accepted meanwhile. */
  kills: number
  events: number
  /** Kills of Postgres. */
  postgresKills: number
  redisAwayMs: number
  frozenMs: number
  /** Good events around the one that kills its worker. */
  goodOnes: number
  /** Events of the row that dies at the fail points. */
  crashEvents: number
  say: (line: string) => void
}

export interface RowResult {
  name: string
  figures: Record<string, string | number>
  broken: string[]
}

export interface Group {
  name: string
  run(settings: Settings, report: (result: RowResult) => void): Promise<void>
}

const drainTimeoutMs = 120_000
/** Longer than the ten seconds that the product aims at, because the machine may be busy with other things. */
const healTimeoutMs = 60_000
const pauseBetweenMs = 3_000

/** Plays while `strike` does its worst, waits until all work is done, and asks the checker. */
async function measure(
  run: FaultRun,
  name: string,
  what: {
    count: number
    perSecond: number
    strike: () => Promise<RowResult['figures']>
    refusals?: 'none' | 'allowed'
    bodyOf?: (number: number) => object
    poison?: number
  },
): Promise<RowResult> {
  const before = await run.verdict()
  const playing = run.play({ count: what.count, perSecond: what.perSecond, bodyOf: what.bodyOf })
  // Nothing may be left unhandled when a strike fails first.
  playing.catch(() => {})
  const broken: string[] = []
  const figures: RowResult['figures'] = { events: what.count }
  const attempt = async (work: () => Promise<void>): Promise<void> => work().catch((error: Error) => void broken.push(error.message))
  await attempt(async () => void Object.assign(figures, await what.strike()))
  await attempt(() => playing)
  await attempt(async () => {
    figures['drain s'] = seconds(await run.drained(drainTimeoutMs))
  })
  await attempt(async () => {
    const { verdict, client } = await run.verdict(
      what.poison === undefined ? undefined : (number) => (number === what.poison ? poisoned : expectationOf(number)),
    )
    if (verdict.findings.length > 0) broken.push(describe(verdict))
    const refused = [...client.answers]
      .filter(([status]) => status >= 500)
      .reduce((sum, [status, count]) => sum + count - (before.client.answers.get(status) ?? 0), 0)
    if (refused > 0 && what.refusals === 'none') broken.push(`${refused} answers of 5xx`)
    Object.assign(figures, {
      lost: verdict.figures.lost,
      'doubled effects': verdict.figures.doubled,
      'repeats by webhook-id': verdict.figures.repeatedWebhooks - before.verdict.figures.repeatedWebhooks,
      'mails maybe sent': verdict.figures.maybeSentMails - before.verdict.figures.maybeSentMails,
      '5xx answers': refused,
      'slowest answer ms': readClientLedger(run.clientLedgerPath, before.client.intents).slowestMs,
    })
  })
  return { name, figures, broken }
}

const poisoned: Expectation = { state: 'dead', webhooks: 0, inApp: [], mails: 0 }

/** Strikes one after the other, each when the one before has healed; answers the longest time that took. */
async function oneByOne(run: FaultRun, strikes: (() => Promise<Fault>)[]): Promise<RowResult['figures']> {
  let slowestMs = 0
  await pause(pauseBetweenMs)
  for (const strike of strikes) {
    slowestMs = Math.max(slowestMs, await run.healed(await strike(), healTimeoutMs))
    await pause(pauseBetweenMs)
  }
  return { strikes: strikes.length, 'longest healing s': seconds(slowestMs) }
}

const processes: Group = {
  name: 'processes',
  async run(settings, report) {
    const run = await startFaultRun({ apis: 2, workers: 3, seed: settings.seed, say: settings.say })
    try {
      report(
        await measure(run, `${settings.kills} random SIGKILLs over 2 APIs, 3 workers with their relays, Redis`, {
          count: settings.events,
          perSecond: 300,
          async strike() {
            const meanMs = ((settings.events / 300) * 1_000) / settings.kills
            for (let i = 0; i < settings.kills; i++) {
              await pause(run.nemesis.pauseMs(meanMs * 0.5, meanMs * 1.5))
              await run.nemesis.kill(run.nemesis.pick(['api-1', 'api-2', 'worker-1', 'worker-2', 'worker-3', 'redis']))
            }
            return { kills: settings.kills }
          },
        }),
      )
      report(
        await measure(run, `SIGKILL of the Postgres postmaster x${settings.postgresKills}`, {
          count: settings.postgresKills * 600,
          perSecond: 80,
          strike: () =>
            oneByOne(
              run,
              Array.from({ length: settings.postgresKills }, () => () => run.nemesis.kill('postgres')),
            ),
        }),
      )
      report(
        await measure(run, 'FLUSHALL, twice', {
          count: 1_000,
          perSecond: 100,
          refusals: 'none',
          strike: () => oneByOne(run, [() => run.nemesis.flushRedis(), () => run.nemesis.flushRedis()]),
        }),
      )
      report(
        await measure(run, `a worker frozen for ${seconds(settings.frozenMs)} s, past its lease, then continued`, {
          count: Math.round(settings.frozenMs * 0.3),
          perSecond: 300,
          refusals: 'none',
          async strike() {
            const { fault, held } = await freezeAtWork(run, 'worker-1')
            const healing = run.healed(fault, healTimeoutMs)
            healing.catch(() => {})
            await pause(settings.frozenMs)
            fault.resume()
            return { 'rows it held': held, 'healing s': seconds(await healing) }
          },
        }),
      )
    } finally {
      await run.stop()
    }
  },
}

/** A worker that is frozen with nothing in its hands proves nothing: tries until it holds rows. */
async function freezeAtWork(
  run: FaultRun,
  name: string,
): Promise<{ fault: Awaited<ReturnType<FaultRun['nemesis']['freeze']>>; held: number }> {
  await pause(pauseBetweenMs)
  for (;;) {
    const fault = await run.nemesis.freeze(name)
    const { rows } = await run.pool.query(
      'SELECT count(*)::int AS held FROM outbox o JOIN process p ON p.id = o.lease_owner WHERE p.name = $1 AND p.ended_at IS NULL',
      [name],
    )
    if (rows[0].held > 0) return { fault, held: rows[0].held }
    fault.resume()
    await pause(run.nemesis.pauseMs(20, 100))
  }
}

const redis: Group = {
  name: 'redis',
  async run(settings, report) {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-faults-redis-'))
    let server = await startEmbeddedRedis({ dataFolder: folder })
    const env = { REDIS_URL: server.url, NODE_ENV: 'test', SIGNALBOX_FAULT_POINT: `after-start:${eventTypes.poison}` }
    const run = await startFaultRun({ apis: 1, workers: 2, seed: settings.seed, env, say: settings.say }).catch(async (error: unknown) => {
      await server.stop()
      throw error
    })
    try {
      const away = async (ms: number, between: () => Promise<void>): Promise<RowResult['figures']> => {
        await pause(1_000)
        run.nemesis.note(`stop redis for ${ms} ms`)
        await server.stop()
        await pause(ms)
        await between()
        server = await startEmbeddedRedis({ dataFolder: folder, port: server.port })
        return { 'healing s': seconds(await run.healed(run.nemesis.note('redis is back'), healTimeoutMs)) }
      }
      report(
        await measure(run, `Redis away for ${seconds(settings.redisAwayMs)} s`, {
          count: Math.round(settings.redisAwayMs / 10) + 400,
          perSecond: 100,
          refusals: 'none',
          strike: () => away(settings.redisAwayMs, async () => {}),
        }),
      )
      report(
        await measure(run, 'Redis started empty', {
          count: 500,
          perSecond: 100,
          refusals: 'none',
          strike: () => away(1_000, () => rm(join(folder, 'redis', 'appendonlydir'), { recursive: true, force: true })),
        }),
      )
      const poison = run.nextNumber + Math.round(settings.goodOnes / 3)
      report(
        await measure(run, `an event that kills its worker every time, among ${settings.goodOnes} good ones`, {
          count: settings.goodOnes + 1,
          perSecond: 200,
          poison,
          bodyOf: (number) => (number === poison ? { ...eventOf(number), type: eventTypes.poison } : eventOf(number)),
          async strike() {
            const deaths = () => run.product.output().match(/worker-\d was ended by SIGKILL/g)?.length ?? 0
            const before = deaths()
            await eventually(
              async () =>
                (await run.pool.query("SELECT FROM event WHERE type = $1 AND state = 'dead'", [eventTypes.poison])).rowCount === 1,
              {
                timeoutMs: 90_000,
                intervalMs: 200,
              },
            )
            const crashes = deaths() - before
            if (crashes > 5) throw new Error(`${crashes} workers died of it, more than 5`)
            const { rows } = await run.pool.query("SELECT count(*)::int AS letters FROM dead_letter WHERE kind = 'pipeline-fault'")
            if (rows[0].letters !== 1) throw new Error(`${rows[0].letters} pipeline-fault letters instead of 1`)
            return { crashes }
          },
        }),
      )
    } finally {
      await run.stop()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** Each process dies at one of so many passages of each of these places: rarely enough that no innocent row meets five deaths. */
const crashes = {
  'after-accept': 400,
  'after-claim': 60,
  'after-start': 200,
  'after-fan-out': 200,
  'after-send': 300,
  'after-mail': 80,
  'before-commit': 200,
  'before-acknowledge': 200,
}

const failPoints: Group = {
  name: 'fail points',
  async run(settings, report) {
    const env = {
      NODE_ENV: 'test',
      SIGNALBOX_FAULT_POINT: Object.entries(crashes)
        .map(([name, every]) => `${name}@${every}`)
        .join(','),
    }
    const run = await startFaultRun({ apis: 2, workers: 2, seed: settings.seed, env, say: settings.say })
    try {
      report(
        await measure(run, 'crashes at each fail point', {
          count: settings.crashEvents,
          perSecond: 120,
          async strike() {
            return {}
          },
        }).then(async (result) => ({ ...result, figures: { ...result.figures, ...(await countCrashes(run)) } })),
      )
    } finally {
      await run.stop()
    }
  },
}

/** How often the processes of this product died at each point, by their own last words. */
async function countCrashes(run: FaultRun): Promise<RowResult['figures']> {
  const folder = join(run.product.dataFolder, 'log')
  const counts: Record<string, number> = {}
  for (const file of await readdir(folder)) {
    for (const [, name] of (await readFile(join(folder, file), 'utf8')).matchAll(/fail point ([a-z-]+)/g))
      counts[name!] = (counts[name!] ?? 0) + 1
  }
  return counts
}

export const groups: readonly Group[] = [processes, redis, failPoints]

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10
}
