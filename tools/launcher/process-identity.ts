// A pid alone says nothing: it may belong to another program by now. With the moment it started it is an identity.
import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync, readdirSync } from 'node:fs'

/** A text that is the same for the whole life of a process and never again, or null when there is no such process. */
export function processIdentity(pid: number): string | null {
  if (!Number.isInteger(pid) || pid <= 0) return null
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The name in parentheses may hold spaces; after it come state (field 3) and, as field 22, the start in ticks since boot.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields[0] === 'Z' || fields[0] === 'X') return null
      return `${bootId()}:${pid}:${fields[19]}`
    } catch {
      return null
    }
  }
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    return started ? `${pid}:${started}` : null
  } catch {
    return null
  }
}

let boot: string | undefined
function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return boot
}

/** True while the process that had this identity lives. */
export function isAlive(pid: number, identity: string): boolean {
  return processIdentity(pid) === identity
}

/** Pids of the processes that work inside this folder (their current directory). Linux only; elsewhere an empty list. */
export function processesInFolder(folder: string): number[] {
  if (process.platform !== 'linux') return []
  const found: number[] = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      if (readlinkSync(`/proc/${entry}/cwd`) === folder) found.push(Number(entry))
    } catch {
      // Ended meanwhile, or another user's.
    }
  }
  return found
}

/** Sends a signal; true when there was somebody to get it. A negative pid is a process group. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

/** Waits until the condition holds; false when it did not within the time. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, timeoutMs: number, everyMs = 20): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    if (await condition()) return true
    if (Date.now() >= deadline) return false
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

/**
 * Ends a process that a killed launcher left behind: politely, then hard, its group with it.
 * Does nothing when that process is gone or the pid belongs to another one by now.
 */
export async function endLeftover(
  leftover: { pid: number; identity: string },
  options: { signal?: NodeJS.Signals; graceMs: number },
): Promise<boolean> {
  if (!isAlive(leftover.pid, leftover.identity)) return false
  sendSignal(leftover.pid, options.signal ?? 'SIGTERM')
  if (!(await waitUntil(() => !isAlive(leftover.pid, leftover.identity), options.graceMs))) {
    sendSignal(leftover.pid, 'SIGKILL')
    await waitUntil(() => !isAlive(leftover.pid, leftover.identity), 5_000)
  }
  // Every child of ours leads a group of its own, so this reaches only what it started itself.
  sendSignal(-leftover.pid, 'SIGKILL')
  return true
}
