// Starts the webhook sink and reads its log.
import { fork } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parsePublicId } from '#shared/ids.ts'

export interface SinkProcess {
  port: number
  stop(): Promise<void>
}

export interface Arrival {
  /** The UUID inside webhook-id. */
  deliveryId: string
  number: number
  at: number
}

/** Resolves when it listens. It ends with this process at the latest. */
export async function startWebhookSink(logPath: string): Promise<SinkProcess> {
  const child = fork(join(import.meta.dirname, 'sinks/webhook-sink.ts'), [logPath], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout!.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())))
    child.once('exit', () => reject(new Error('The webhook sink ended before it listened')))
  })
  return {
    port,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

export function readArrivals(logPath: string): Arrival[] {
  if (!existsSync(logPath)) return []
  return readFileSync(logPath, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [id, number, at] = line.split(' ') as [string, string, string]
      const deliveryId = parsePublicId('delivery', id)
      if (!deliveryId) throw new Error(`webhook-id ${id} is no delivery's`)
      return { deliveryId, number: Number(number), at: Number(at) }
    })
}
