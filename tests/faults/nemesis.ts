// What goes wrong, on purpose. Seeded, so that a run can be had again; every fault is written down with its time before it is
// done. Processes are known by their pids in run/processes.json, never by name.
import { appendFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import type { Product } from '../support/product.ts'
import { eventually } from '../support/eventually.ts'

export interface Fault {
  /** For example `kill worker-1`. */
  what: string
  at: Date
}

export interface Nemesis {
  /** SIGKILL. Waits until the process is there. */
  kill(name: string): Promise<Fault>
  /** FLUSHALL: everything that Redis holds is gone, the server and its connections stay. */
  flushRedis(): Promise<Fault>
  /** SIGSTOP; `resume` lets it go on. */
  freeze(name: string): Promise<Fault & { resume(): void }>
  /** Writes down what the caller is about to do itself. */
  note(what: string): Fault
  /** One of these, by the seed. */
  pick<T>(choices: readonly T[]): T
  /** A whole number of milliseconds in [from, to), by the seed. */
  pauseMs(from: number, to: number): number
  readonly faults: Fault[]
}

export function createNemesis(options: { product: Product; seed: number; logPath: string; say?: (line: string) => void }): Nemesis {
  const { product } = options
  const random = seeded(options.seed)
  const faults: Fault[] = []

  const note = (what: string): Fault => {
    const fault = { what, at: new Date() }
    faults.push(fault)
    appendFileSync(options.logPath, `${JSON.stringify({ at: fault.at.toISOString(), what, seed: options.seed })}\n`)
    options.say?.(`${fault.at.toISOString().slice(11, 23)} ${what}`)
    return fault
  }
  const find = (name: string) =>
    eventually(async () => (await product.processes()).find((entry) => entry.name === name), { timeoutMs: 20_000 }).catch(() => {
      throw new Error(`There is no process ${name}`)
    })

  return {
    faults,
    note,
    async kill(name) {
      const { pid } = await find(name)
      const fault = note(`kill ${name}`)
      process.kill(pid, 'SIGKILL')
      return fault
    },
    async flushRedis() {
      const { port } = await find('redis')
      const fault = note('flush redis')
      await sendToRedis(port!, 'FLUSHALL')
      return fault
    },
    async freeze(name) {
      const { pid } = await find(name)
      const fault = note(`freeze ${name}`)
      process.kill(pid, 'SIGSTOP')
      return {
        ...fault,
        resume() {
          note(`resume ${name}`)
          process.kill(pid, 'SIGCONT')
        },
      }
    },
    pick: (choices) => choices[Math.floor(random() * choices.length)]!,
    pauseMs: (from, to) => Math.floor(from + random() * (to - from)),
  }
}

/** One inline command over a connection of its own. */
function sendToRedis(port: number, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write(`${command}\r\n`))
    socket.setTimeout(5_000, () => socket.destroy(new Error(`Redis did not answer ${command}`)))
    socket.once('error', reject)
    socket.once('data', (data) => {
      socket.destroy()
      if (data.toString().startsWith('+OK')) resolve()
      else reject(new Error(`Redis answered ${data.toString()} to ${command}`))
    })
  })
}

/** mulberry32: small, and the same on every machine. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
