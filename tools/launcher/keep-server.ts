import type { EmbeddedServer } from './embedded-postgres.ts'
import type { ProcessFile } from './process-file.ts'
import { sendSignal } from './process-identity.ts'

export interface KeptServer<S extends EmbeddedServer = EmbeddedServer> {
  readonly url: string
  /** The server as it was first started: addresses and keys stay the same. */
  readonly first: S
  stop(): Promise<void>
  /** At once. */
  kill(): void
}

const retryPauseMs = 500

/** Starts an embedded server and starts it again on the same port when it dies, until it is stopped. */
export async function keepServer<S extends EmbeddedServer>(options: {
  name: string
  /** `port` is undefined the first time, then always the one of the first time. `onSpawn` must be called as soon as there is a pid. */
  start: (how: { port: number | undefined; onSpawn: (server: { pid: number; port: number }) => void }) => Promise<S>
  processFile: ProcessFile
  say: (line: string) => void
}): Promise<KeptServer<S>> {
  const { name, processFile, say } = options
  let stopping = false
  let pid = 0
  const onSpawn = (server: { pid: number; port: number }) => {
    pid = server.pid
    processFile.set(name, { ...server, processId: null })
  }
  const first = await options.start({ port: undefined, onSpawn })
  let server = first
  const { url, port } = first

  const keep = async () => {
    for (;;) {
      await server.exited
      processFile.remove(name)
      if (stopping) return
      say(`${name} died; starting it again.`)
      for (let tries = 1; ; tries++) {
        try {
          server = await options.start({ port, onSpawn })
          if (stopping) await server.stop()
          else say(`${name} is back.`)
          break
        } catch (error) {
          processFile.remove(name)
          if (stopping) return
          if (tries % 20 === 1) say(`${name} could not be started again: ${(error as Error).message}`)
          await new Promise((resolve) => setTimeout(resolve, retryPauseMs))
          if (stopping) return
        }
      }
    }
  }
  const kept = keep()
  return {
    url,
    first,
    async stop() {
      stopping = true
      await server.stop()
      await kept
    },
    kill() {
      stopping = true
      if (pid > 0) sendSignal(pid, name === 'postgres' ? 'SIGQUIT' : 'SIGKILL')
    },
  }
}
