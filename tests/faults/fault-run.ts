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
import { describeOpenWork, readFacts, readOpenWork } from './read-facts.ts'
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
  /** A pool of the run's own, straight into the product's database. */
  pool: Pool
  folder: string
  clientLedgerPath: string
  sinkLogPath: string
  /** Sends `count` events from number `from`; resolves when all are accepted. May be called again. */
  play(options: { from: number; count: number; perSecond: number; bodyOf?: (number: number) => object }): Promise<void>
  /** Milliseconds from the fault until everything that was accepted before it has ended. */
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
    await pool.end()
    try {
      await product.stop({ keepData })
    } finally {
      await sink.stop()
      if (!keepData) await rm(folder, { recursive: true, force: true })
    }
  }

  const run: FaultRun = {
    ...{ product, nemesis, pool, folder, clientLedgerPath, sinkLogPath, stop },
    async play({ bodyOf = eventOf, ...what }) {
      const ledger = openClientLedger(clientLedgerPath)
      try {
        await playEvents({ ...what, bodyOf, ledger, url: product.url, apiKey: product.apiKey, keyPrefix: `faults-${options.seed}` })
      } finally {
        ledger.close()
      }
    },
    async healed(fault, timeoutMs = 90_000) {
      let explained = 0
      const ended = async (): Promise<boolean> => {
        if ((await readOpenWork(pool, fault.at)).events === 0) return true
        const sinceMs = Date.now() - fault.at.getTime()
        if (sinceMs > explainAfterMs * (explained + 1)) {
          explained++
          options.say?.(`${Math.round(sinceMs / 1_000)} s after "${fault.what}": ${await describeOpenWork(pool, fault.at)}`)
        }
        return false
      }
      await poll(ended, timeoutMs, `what was accepted before "${fault.what}" did not end`)
      return Date.now() - fault.at.getTime()
    },
    async drained(timeoutMs) {
      const startedMs = performance.now()
      await poll(
        async () => {
          const open = await readOpenWork(pool, new Date(Date.now() + 60_000))
          return open.events === 0 && open.rows === 0
        },
        timeoutMs,
        'work was left',
      )
      return Math.round(performance.now() - startedMs)
    },
    async verdict(expect = expectationOf) {
      return {
        verdict: check(await readFacts({ pool, clientLedgerPath, sinkLogPath }), expect),
        client: readClientLedger(clientLedgerPath),
      }
    },
  }
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

/** Looks again and again, also while the database is what is away. */
async function poll(look: () => Promise<boolean>, timeoutMs: number, otherwise: string): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    if (await look().catch(() => false)) return
    if (performance.now() > deadline) throw new Error(`After ${timeoutMs} ms ${otherwise}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
