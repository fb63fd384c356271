// One server as a child process: in a group of its own, its output in a log file, waited for until it answers.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { EmbeddedServer } from './embedded-postgres.ts'
import { processIdentity, waitUntil } from './process-identity.ts'
import { StartFailed } from './start-failed.ts'

/** Who runs, so that the next start can tell it from another program with the same number. */
export interface KeptProcess {
  pid: number
  identity: string
}

export interface ServerProcessOptions {
  /** For people. */
  name: string
  command: string
  args: string[]
  cwd: string
  env: NodeJS.ProcessEnv
  logFile: string
  port: number
  url: string
  startTimeoutMs: number
  /** How long it may take after SIGTERM before SIGKILL; default 10 s. */
  stopGraceMs?: number
  isReady: () => Promise<boolean>
  /** Called as soon as there is a process, before it is ready: to store who it is. */
  keep: (process: KeptProcess) => void
  onSpawn: ((server: { pid: number; port: number }) => void) | undefined
}

/** Resolves when `isReady` says so. Throws StartFailed with the end of the log when it ends or stays silent. */
export async function startServerProcess(options: ServerProcessOptions): Promise<EmbeddedServer> {
  const { name, logFile, port, url, startTimeoutMs } = options
  mkdirSync(dirname(logFile), { recursive: true })
  const log = openSync(logFile, 'a')
  // A group of its own, so that a terminal's Ctrl-C does not stop it before the workers have drained.
  const child = spawn(options.command, options.args, { cwd: options.cwd, env: options.env, stdio: ['ignore', log, log], detached: true })
  closeSync(log)
  let failure: string | undefined
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure = error.message
      resolve()
    })
    child.once('exit', (code, signal) => {
      failure ??= `it ended with ${signal ?? `exit code ${code}`}`
      resolve()
    })
  })
  if (child.pid) {
    options.keep({ pid: child.pid, identity: processIdentity(child.pid) ?? '' })
    options.onSpawn?.({ pid: child.pid, port })
  }
  const stop = async () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const graceMs = options.stopGraceMs ?? 10_000
    const ended = await Promise.race([
      exited.then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, graceMs, false).unref()),
    ])
    if (!ended) child.kill('SIGKILL')
    await exited
  }
  const inTime = await waitUntil(async () => failure !== undefined || (await options.isReady()), startTimeoutMs)
  if (failure || !inTime) {
    await stop()
    const tail = existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n') : ''
    throw new StartFailed(
      `${name} did not start: ${failure ?? `no answer after ${startTimeoutMs / 1000} s`}. The end of ${logFile}:\n${tail}`,
    )
  }
  return { url, pid: child.pid!, port, exited, stop }
}

/** True when this address answers 200. */
export async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await response.body?.cancel()
    return response.status === 200
  } catch {
    return false
  }
}
