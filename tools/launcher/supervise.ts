// Keeps one program running: started in a group of its own, replaced within two seconds when it dies, ended in order.
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { followLog } from './follow-log.ts'
import type { ProcessFile } from './process-file.ts'
import { sendSignal } from './process-identity.ts'

export interface ProgramOptions {
  name: string
  command: string
  args: string[]
  cwd: string
  env: NodeJS.ProcessEnv
  port: number | null
  logFile: string
  processFile: ProcessFile
  say: (line: string) => void
  /** Gets the process id (table `process`) of one that died or was stopped hard. */
  onDeath: (processId: string) => void
  /** A watcher that restarts the program itself must not hand the same process id to each of them. */
  withoutProcessId?: boolean
  /** Called when it keeps dying right after its start; it is started again all the same. */
  onCrashLoop: (reason: string) => void
}

export interface Program {
  readonly name: string
  /** The id of the running process; null while there is none. */
  readonly processId: string | null
  /** SIGTERM, and after the grace period SIGKILL to its whole group. Never restarted afterwards. */
  stop(graceMs: number): Promise<void>
  /** At once, its whole group. */
  kill(): void
}

const settledAfterMs = 10_000
/** With the start of the program itself this stays under the two seconds that a death may last. */
const longestPauseMs = 1_200
const crashLoopAfter = 4

/** Starts the program and keeps it running until it is stopped. */
export function superviseProgram(options: ProgramOptions): Program {
  const { name, say, processFile, logFile } = options
  const log = followLog({ path: logFile, name, say })
  let child: ChildProcess | undefined
  let processId: string | null = null
  let stopping = false
  let quickDeaths = 0
  let timer: NodeJS.Timeout | undefined
  let ended: Promise<void> = Promise.resolve()

  const start = () => {
    const id = randomUUID()
    const startedMs = Date.now()
    const output = openSync(logFile, 'a')
    const started = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: { ...options.env, SIGNALBOX_PROCESS_NAME: name, ...(options.withoutProcessId ? {} : { SIGNALBOX_PROCESS_ID: id }) },
      stdio: ['ignore', output, output],
      detached: true,
    })
    closeSync(output)
    child = started
    processId = id
    if (started.pid) processFile.set(name, { pid: started.pid, port: options.port, processId: options.withoutProcessId ? null : id })
    ended = new Promise((resolve) => {
      const finish = (how: string, byOthers = false) => {
        if (child !== started) return
        child = undefined
        processId = null
        processFile.remove(name)
        // What it started itself has no parent any more.
        if (started.pid) sendSignal(-started.pid, 'SIGKILL')
        if (!options.withoutProcessId) options.onDeath(id)
        if (!stopping) restartAfter(Date.now() - startedMs, how, byOthers)
        resolve()
      }
      started.once('error', (error) => finish(`could not be started: ${error.message}`))
      started.once('exit', (code, signal) =>
        finish(signal ? `was ended by ${signal}` : `ended with exit code ${code}`, signal === 'SIGKILL' || signal === 'SIGTERM'),
      )
    })
  }

  const restartAfter = (ranMs: number, how: string, byOthers: boolean) => {
    if (ranMs >= settledAfterMs) quickDeaths = 0
    if (byOthers) {
      // Nothing is wrong with the program itself: no reason to wait, or to give up on it.
      say(`${name} ${how}; starting it again.`)
      timer = setTimeout(start, 50)
      return
    }
    quickDeaths++
    const pauseMs = quickDeaths === 1 ? 0 : Math.min(100 * 2 ** quickDeaths, longestPauseMs)
    if (quickDeaths <= 3 || quickDeaths % 20 === 0)
      say(`${name} ${how}${quickDeaths > 1 ? ` (${quickDeaths} times in a row)` : ''}; starting it again.`)
    if (quickDeaths === crashLoopAfter) {
      const reason = `${name} keeps ending right after its start. The end of ${logFile}:\n${lastLines(logFile, 20)}`
      options.onCrashLoop(reason)
    }
    timer = setTimeout(start, pauseMs)
  }

  start()
  return {
    name,
    get processId() {
      return options.withoutProcessId ? null : processId
    },
    async stop(graceMs) {
      stopping = true
      clearTimeout(timer)
      if (child?.pid) {
        const group = -child.pid
        child.kill('SIGTERM')
        const hard = setTimeout(() => {
          say(`${name} did not end within ${Math.round(graceMs / 1000)} s; ending it hard. Its work is picked up by the next start.`)
          sendSignal(group, 'SIGKILL')
        }, graceMs)
        await ended
        clearTimeout(hard)
      }
      log.close()
    },
    kill() {
      stopping = true
      clearTimeout(timer)
      if (child?.pid) sendSignal(-child.pid, 'SIGKILL')
    },
  }
}

function lastLines(path: string, count: number): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
}
