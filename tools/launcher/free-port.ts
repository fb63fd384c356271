import { createServer } from 'node:net'
import { StartFailed } from './start-failed.ts'

// Below every system's ephemeral range (Linux 32768+, macOS 49152+). A port inside it can be taken by any outgoing connection
// while our server restarts, and a client that keeps dialling it may even connect to itself and hold it for good.
const lowest = 20_000
const highest = 32_000

/** Why this port of this address cannot be listened on (EADDRINUSE, EACCES, ...); undefined when it can. */
export function portProblem(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(undefined)))
  })
}

async function isPortFree(port: number): Promise<boolean> {
  return (await portProblem(port, '127.0.0.1')) === undefined
}

/** A free loopback port: the preferred one when it is free, else a random one. */
export async function findFreePort(preferred?: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  if (preferred && !taken.has(preferred) && (await isPortFree(preferred))) return preferred
  for (let tries = 0; tries < 200; tries++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (!taken.has(port) && (await isPortFree(port))) return port
  }
  throw new StartFailed(`No free port between ${lowest} and ${highest} on 127.0.0.1.`)
}

/** A free loopback port whose next one is free as well; the lower of the two. */
export async function findFreePortPair(preferred?: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = await findFreePort(tries === 0 ? preferred : undefined, taken)
    if (!taken.has(port + 1) && (await isPortFree(port + 1))) return port
  }
  throw new StartFailed(`No two free ports side by side between ${lowest} and ${highest} on 127.0.0.1.`)
}

/** The port itself. Throws when somebody else has it. */
export async function requireFreePort(port: number): Promise<number> {
  if (await isPortFree(port)) return port
  throw new StartFailed(`Port ${port} of 127.0.0.1 is taken by another program.`)
}
