// What every group of rows gets: the running product, limits to stand beside, and a place for its figures.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startProduct, type Product } from '../tests/support/product.ts'
import { findFreePort } from '../tools/launcher/free-port.ts'
import type { LoadReport } from '../tools/load/measure.ts'
import type { Figure } from './figures.ts'
import { generate } from './generate.ts'
import { cpuPerEvent, readUsage, type Usage } from './process-usage.ts'
import { runLimit } from './run-child.ts'

export interface Bench {
  product: Product
  /** The port of this machine that webhooks may reach. */
  sinkPort: number
  /** Length of a measurement; limits take less. */
  seconds: number
  databaseUrl: string
  redisUrl: string
  /** The generator against the product. */
  load(args: Record<string, string | number | true>): Promise<LoadReport>
  /** The generator, closed loop with 32 clients, against a bare server of bench/limits: requests/s. */
  bareRate(file: 'node-http.ts' | 'nitro-route.ts'): Promise<number>
  usage(): Promise<Usage>
  cpuPerEvent: typeof cpuPerEvent
  figures: Figure[]
  /** Whatever else is worth keeping in the JSON. */
  details: Record<string, unknown>
  say(line: string): void
}

export const clients = 32

export async function openBench(options: { seconds: number; say: (line: string) => void }): Promise<Bench> {
  const sinkPort = await findFreePort()
  options.say('Starting the product ...')
  const product = await startProduct({ flags: ['--allow-loopback', String(sinkPort)], env: { LOG_LEVEL: 'warn' } })
  const url = product.url.replace('localhost', '127.0.0.1')
  const processes = await product.processes()
  const portOf = (name: string): number => processes.find((entry) => entry.name === name)!.port!
  const { password } = JSON.parse(await readFile(join(product.dataFolder, 'postgres.json'), 'utf8')) as { password: string }
  return {
    product,
    sinkPort,
    seconds: options.seconds,
    databaseUrl: `postgres://signalbox:${password}@127.0.0.1:${portOf('postgres')}/signalbox`,
    redisUrl: `redis://127.0.0.1:${portOf('redis')}`,
    load: (args) => generate(url, product.apiKey, args),
    async bareRate(file) {
      const server = runLimit<{ port: number }>(file)
      try {
        const { port } = await server.next()
        const target = { path: '/api/v1/events', 'no-ledger': true, closed: clients } as const
        await generate(`http://127.0.0.1:${port}`, undefined, { ...target, seconds: 0.5 })
        const { load } = await generate(`http://127.0.0.1:${port}`, undefined, { ...target, seconds: Math.max(2, options.seconds / 4) })
        return load.accepted / load.durationSeconds
      } finally {
        server.stop()
        await server.ended
      }
    },
    usage: async () => readUsage(await product.processes()),
    cpuPerEvent,
    figures: [],
    details: {},
    say: options.say,
  }
}
