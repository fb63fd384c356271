import { createServer } from 'node:net'

// Below every system's ephemeral range (Linux 32768+, macOS 49152+). A port inside it can be taken by any outgoing connection
// while our server restarts, and a client that keeps dialling it may even connect to itself and hold it for good.
const lowest = 20_000
const highest = 32_000

/** True when nothing listens on this port of this address. */
export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/** A free loopback port: the preferred one when it is free, else a random one. */
export async function findFreePort(preferred?: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  if (preferred && !taken.has(preferred) && (await isPortFree(preferred))) return preferred
  for (let tries = 0; tries < 200; tries++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (!taken.has(port) && (await isPortFree(port))) return port
  }
  throw new Error(`No free port between ${lowest} and ${highest} on 127.0.0.1.`)
}
