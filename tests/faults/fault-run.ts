// A product under load that things may be done to: started with its sinks, fed by a careful client, and judged in the end.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPool, type Pool } from '#platform/postgres/index.ts'
import { startProduct, type Product } from '../support/product.ts'
import { check, type Verdict } from './checker.rules.ts'
import { openClientLedger, readClientLedger, type ClientRecord } from './client-ledger.ts'
import { createNemesis, type Fault, type Nemesis } from './nemesis.ts'
import { endpointTypes, eventOf, expectationOf, workflows, type Expectation } from './plan.ts'
import { playEvents } from './play-events.ts'
import { describeOpenWork, readFacts, readOpenWork, type OpenWork } from './read-facts.ts'
import { startWebhookSink } from './sink-process.ts'

export interface FaultRunOptions {
  apis: number
  workers: number
  seed: number
  env?: Record<string, string>
  /** Gets a line per fault. */
  say?: (line: string) => void
}

export interface FaultRun {
  product: Product
  nemesis: Nemesis
  /** The number of the next event: what shares a run goes on counting. */
  readonly nextNumber: number
  /** A pool of the run's own, straight into the product's database. */
  pool: Pool
  folder: string
  clientLedgerPath: string
  sinkLogPath: string
  /** Sends the next `count` events; resolves when all are accepted. May be called again. */
  play(options: { count: number; perSecond: number; bodyOf?: (number: number) => object }): Promise<void>
  /**
   * Milliseconds from the fault until everything that was accepted up to a second after it has ended, and, while events are
   * played, something that was accepted later too.
   */
  healed(fault: Fault, timeoutMs?: number): Promise<number>
  /** Milliseconds until no event is open and no outbox row is left. */
  drained(timeoutMs: number): Promise<number>
  verdict(expect?: (number: number) => Expectation): Promise<{ verdict: Verdict; client: ClientRecord }>
  /** Stops product and sink. With `keepData` the caller removes product.dataFolder and folder. */
  stop(options?: { keepData?: boolean }): Promise<void>
}

/** Short, and long enough in sum for a mail server or receiver that is away for half a minute. */
const retrySchedule = '0.2,0.5,1,2,4,8,8,8,8'

/** Healing that takes longer is explained, again and again. */
const explainAfterMs = 5_000

const running = new Set<FaultRun>()

/** Stops whatever still runs, for an end in the middle of things. */
export async function stopFaultRuns(): Promise<void> {
  await Promise.allSettled([...running].map((run) => run.stop()))
}

/** Resolves when the product is ready and everything that the plan needs is published. */
export async function startFaultRun(options: FaultRunOptions): Promise<FaultRun> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-faults-'))
  const clientLedgerPath = join(folder, 'client.jsonl')
  const sinkLogPath = join(folder, 'webhooks.log')
  const sink = await startWebhookSink(sinkLogPath)
  const product = await startProduct({
    flags: ['--api', String(options.apis), '--workers', String(options.workers), '--allow-loopback', String(sink.port)],
    env: { SIGNALBOX_RETRY_SCHEDULE: retrySchedule, ...options.env },
  }).catch(async (error: unknown) => {
    await sink.stop()
    throw error
  })
  const pool = createPool({ url: await databaseUrl(product.dataFolder), max: 2, applicationName: 'fault-checker' })
  const nemesis = createNemesis({ product, seed: options.seed, logPath: join(folder, 'nemesis.jsonl'), say: options.say })

  const stop: FaultRun['stop'] = async ({ keepData = false } = {}) => {
    running.delete(run)
    await pool.end()
    try {
      await product.stop({ keepData })
    } finally {
      await sink.stop()
      if (!keepData) await rm(folder, { recursive: true, force: true })
    }
  }

  let nextNumber = 1
  let playing = false
  const run: FaultRun = {
    ...{ product, nemesis, pool, folder, clientLedgerPath, sinkLogPath, stop },
    get nextNumber() {
      return nextNumber
    },
    async play({ bodyOf = eventOf, count, perSecond }) {
      const from = nextNumber
      playing = true
      nextNumber += count
      const ledger = openClientLedger(clientLedgerPath)
      try {
        const keyPrefix = `faults-${options.seed}`
        await playEvents({ ledger, from, count, perSecond, bodyOf, keyPrefix, url: product.url, apiKey: product.apiKey })
      } finally {
        playing = false
        ledger.close()
      }
    },
    async healed(fault, timeoutMs = 90_000) {
      const horizon = new Date(fault.at.getTime() + 1_000)
      const ended = (open: OpenWork): boolean => open.events === 0 && Date.now() > horizon.getTime() && (open.endedLater > 0 || !playing)
      return waitFor(ended, { horizon, since: fault.at, timeoutMs, what: `"${fault.what}"` })
    },
    drained(timeoutMs) {
      const ended = (open: OpenWork): boolean => open.events === 0 && open.rows === 0
      return waitFor(ended, { horizon: new Date(Date.now() + 3_600_000), since: new Date(), timeoutMs, what: 'the last event' })
    },
    async verdict(expect = expectationOf) {
      return {
        verdict: check(await readFacts({ pool, clientLedgerPath, sinkLogPath }), expect),
        client: readClientLedger(clientLedgerPath),
      }
    },
  }

  /** Looks again and again, also while the database is what is away; answers how long it took, and says what takes long. */
  async function waitFor(
    ended: (open: OpenWork) => boolean,
    what: { horizon: Date; since: Date; timeoutMs: number; what: string },
  ): Promise<number> {
    for (let explained = 0; ;) {
      const isOver = await readOpenWork(pool, what.horizon).then(ended, () => false)
      const sinceMs = Date.now() - what.since.getTime()
      if (isOver) return sinceMs
      if (sinceMs > explainAfterMs * (explained + 1)) {
        explained++
        const open = await describeOpenWork(pool, what.horizon).catch((error: Error) => error.message)
        options.say?.(`${Math.round(sinceMs / 1_000)} s after ${what.what}: ${open}`)
      }
      if (sinceMs > what.timeoutMs) throw new Error(`${what.timeoutMs} ms after ${what.what} work was left`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  running.add(run)
  try {
    await publish(product, sink.port)
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
  return run
}

async function publish(product: Product, sinkPort: number): Promise<void> {
  const call = async (method: string, path: string, body?: unknown): Promise<void> => {
    const answer = await product.api(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  }
  for (const [key, workflow] of Object.entries(workflows)) {
    await call('PUT', `/workflows/${key}`, workflow)
    await call('POST', `/workflows/${key}/publish`)
  }
  await call('POST', '/endpoints', { url: `http://127.0.0.1:${sinkPort}/hook`, eventTypes: endpointTypes })
}

/** The embedded server's address; its password is in the data folder. */
export async function databaseUrl(dataFolder: string): Promise<string> {
  const { port, password } = JSON.parse(await readFile(join(dataFolder, 'postgres.json'), 'utf8')) as { port: number; password: string }
  return `postgres://signalbox:${password}@127.0.0.1:${port}/signalbox`
}
