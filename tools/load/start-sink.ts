import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { SinkMessage, SinkReport } from './sink.ts'

export interface Sink {
  port: number
  pid: number
  count(): Promise<number>
  report(): Promise<SinkReport>
  stop(): void
}

/** Starts the sink as its own process: a generator that receives as well would measure itself. */
export async function startSink(port: number): Promise<Sink> {
  const child = fork(join(import.meta.dirname, 'sink.ts'), [String(port)], { serialization: 'advanced' })
  const next = <Kind extends SinkMessage['kind']>(...kinds: Kind[]): Promise<Extract<SinkMessage, { kind: Kind }>> =>
    new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error('the webhook sink ended'))
      child.once('exit', onExit)
      child.on('message', function onMessage(message: SinkMessage) {
        if (!kinds.includes(message.kind as Kind)) return
        child.off('message', onMessage)
        child.off('exit', onExit)
        resolve(message as Extract<SinkMessage, { kind: Kind }>)
      })
    })
  const started = await next('listening', 'failed')
  if (started.kind === 'failed') throw new Error(`The webhook sink cannot listen on port ${port}: ${started.message}`)
  return {
    port: started.port,
    pid: child.pid!,
    async count() {
      child.send('count')
      return (await next('count')).count
    },
    async report() {
      child.send('report')
      return (await next('report')).report
    },
    stop: () => void child.disconnect(),
  }
}
