// `npm run servers`: the servers that Signalbox runs on, for tests and for trying things, until Ctrl-C. Programs go into SIGNALBOX_CACHE
// once; data into SIGNALBOX_DATA/servers. `npm run servers -- minio weaviate` starts only those; `--install` only fetches and builds.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parseConfig } from '#platform/config/index.ts'
import type { EmbeddedServer } from './launcher/embedded-postgres.ts'
import { root } from './launcher/environment.ts'
import { takeInstanceLock } from './launcher/instance-lock.ts'
import { StartFailed } from './launcher/start-failed.ts'
import { onStopRequest } from './launcher/stop-request.ts'
import { say } from './launcher/terminal.ts'
import { serverKinds, type ServerName } from './servers/server-kinds.ts'

const usage = `Usage: npm run servers -- [--install] [names]
  names       some of ${Object.keys(serverKinds).join(', ')} (default: all)
  --install   fetch and build what is missing, start nothing
  --data DIR  instead of SIGNALBOX_DATA/servers`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { install: { type: 'boolean' }, data: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  })
  if (values.help) {
    say(usage)
    return 0
  }
  const unknown = positionals.filter((name) => !Object.hasOwn(serverKinds, name))
  if (unknown.length > 0) throw new StartFailed(`There is no server ${unknown.join(', ')}.\n\n${usage}`)
  const names = (positionals.length > 0 ? positionals : Object.keys(serverKinds)) as ServerName[]
  const config = parseConfig(process.env)
  const cache = config.SIGNALBOX_CACHE

  // One after the other: each build alone keeps the machine busy. All are tried, so that one run tells everything that is missing.
  const missing: string[] = []
  const interrupted = () => process.exit(130)
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  for (const name of names) await serverKinds[name].install({ cache, say }).catch((error: Error) => missing.push(error.message))
  process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
  if (missing.length > 0) throw new StartFailed(missing.join('\n\n'))
  if (values.install) {
    say(`Here: ${names.join(', ')}.`)
    return 0
  }
  return run(names, resolve(root, values.data ?? join(config.SIGNALBOX_DATA, 'servers')), { cache, apiPort: config.PORT })
}

async function run(names: ServerName[], dataFolder: string, how: { cache: string | undefined; apiPort: number }): Promise<number> {
  mkdirSync(dataFolder, { recursive: true })
  const lock = await takeInstanceLock(dataFolder, dataFolder, say)
  const running = new Map<ServerName, EmbeddedServer>()
  const stop = onStopRequest({
    first: (reason) => say(`${reason}: stopping the servers ...`),
    again: () => {
      for (const server of running.values()) process.kill(server.pid, 'SIGKILL')
      process.exit(1)
    },
  })
  let failure: Error | undefined
  try {
    const results = await Promise.allSettled(
      names.map(async (name) => {
        const { server, lines } = await serverKinds[name].start({ dataFolder, ...how, say })
        running.set(name, server)
        say([`${name} (process ${server.pid})`, ...lines.map((line) => `  ${line}`)].join('\n'))
        void server.exited.then(() => {
          if (stop.requested === undefined) stop.request(new Error(`${name} died. Its log: ${join(dataFolder, 'log', `${name}.log`)}`))
        })
      }),
    )
    failure = results.find((result) => result.status === 'rejected')?.reason as Error | undefined
    if (!failure) {
      say('The servers are ready. Ctrl-C stops them; their data stays.')
      await stop.promise
      if (stop.requested instanceof Error) failure = stop.requested
    }
  } finally {
    await Promise.all([...running.values()].map((server) => server.stop()))
    lock.release()
  }
  if (failure) throw failure
  say('Stopped.')
  return 0
}

try {
  process.exit(await main())
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
