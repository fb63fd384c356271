// `npm start` and `npm run dev`: the whole stack on one machine. Why like this: docs/decisions/0010-bootstrap-and-launcher.md.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '#platform/config/index.ts'
import type { Seeded } from '../../prisma/seed.ts'
import { parseLauncherArguments, usage, type LauncherArguments } from './arguments.ts'
import { startDemo } from './demo.ts'
import { publicAddress, readEnvironment } from './environment.ts'
import { findFreePort, portProblem } from './free-port.ts'
import { takeInstanceLock } from './instance-lock.ts'
import { createProcessFile, endLeftoverChildren } from './process-file.ts'
import { signInText } from './sign-in-text.ts'
import { createStack, killStack, stopStack } from './stack.ts'
import { StartFailed } from './start-failed.ts'
import { startStack } from './start-stack.ts'
import { onStopRequest } from './stop-request.ts'
import { say } from './terminal.ts'

async function run(flags: LauncherArguments): Promise<number> {
  const { config, dataFolder, inherited } = readEnvironment(flags)
  const runFolder = join(dataFolder, 'run')
  mkdirSync(runFolder, { recursive: true })
  const port = config.PORT === 0 ? await findFreePort() : config.PORT
  const lock = await takeInstanceLock(runFolder, publicAddress(config.HOST, port), say)

  const stack = createStack()
  let exitCode = 0
  const stop = onStopRequest({
    first(reason) {
      say(`${reason}: stopping in order (again to stop at once) ...`)
      lock.markStopping()
    },
    again() {
      say('Stopping at once.')
      killStack(stack)
      lock.release()
      process.exit(1)
    },
  })
  process.on('uncaughtException', (error) => stop.request(error))
  let unshown: Seeded | undefined
  let isReady = false
  try {
    const endedProcessIds = await endLeftoverChildren(runFolder, say)
    const processFile = createProcessFile(runFolder)
    // After the leftovers: they may be the ones that hold it.
    const problem = await portProblem(port, config.HOST)
    if (problem) {
      const what = problem === 'EADDRINUSE' ? 'is taken by another program. Stop that, or' : `cannot be used (${problem}):`
      throw new StartFailed(`Port ${port} of ${config.HOST} ${what} choose another port: PORT=${port + 1} npm start`)
    }
    const started = await startStack({
      ...{ flags, config, inherited, dataFolder, port, processFile, endedProcessIds, stack, say },
      isStopping: () => stop.requested !== undefined,
      // Before the ready line it is a start that failed; later it is a fault to show while the rest goes on.
      onCrashLoop: (reason) => (isReady ? say(reason) : stop.request(new StartFailed(reason))),
      onSeeded: (seeded) => (unshown = seeded),
    })
    if (started) {
      isReady = true
      say(`Signalbox is ready at ${started.address}`)
      say(
        signInText({
          ...{ address: started.address, seeded: started.seeded, dataFolder, mailIsCaught: stack.catcher !== undefined },
          passwordGiven: config.SIGNALBOX_ADMIN_PASSWORD !== undefined,
          keyGiven: config.SIGNALBOX_API_KEY !== undefined,
        }),
      )
      unshown = undefined
      if (flags.demo) stack.guests.push(await startDemo({ flags, config, started, dataFolder }))
      await stop.promise
    }
    if (stop.requested instanceof Error) throw stop.requested
  } catch (error) {
    say(`\n${error instanceof StartFailed ? error.message : ((error as Error).stack ?? String(error))}`)
    // They were made in the database and are nowhere else.
    if (unshown?.operator.password) say(`\nThe first operator was made: ${unshown.operator.email}, password ${unshown.operator.password}`)
    if (unshown?.apiKey) say(`The first API key was made: ${unshown.apiKey}`)
    lock.markStopping()
    exitCode = 1
  }
  await stopStack(stack, say)
  lock.release()
  say(exitCode === 0 || isReady ? 'Stopped.' : 'Signalbox did not start.')
  return exitCode
}

// A terminal that was closed must not end the stop half-way.
process.stdout.on('error', () => {})

try {
  const flags = parseLauncherArguments(process.argv.slice(2))
  if (flags === 'help') say(usage)
  else process.exit(await run(flags))
} catch (error) {
  const isForPeople = error instanceof StartFailed || error instanceof ConfigError
  say(isForPeople ? error.message : ((error as Error).stack ?? String(error)))
  process.exitCode = 1
}
