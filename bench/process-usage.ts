// What a run costs each process, as the kernel counts it (Linux; nothing elsewhere).
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { ProductProcess } from '../tests/support/product.ts'

const ticksPerSecond = 100
const pageBytes = 4_096

interface Stat {
  parent: number
  cpuSeconds: number
  residentBytes: number
}

/** proc_pid_stat(5). */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return {
      parent: Number(fields[1]),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      residentBytes: Number(fields[21]) * pageBytes,
    }
  } catch {
    return undefined
  }
}

export interface Usage {
  cpuSeconds: Record<string, number>
  residentMegabytes: Record<string, number>
}

/** Of each process of the stack; Postgres with its backends. */
export function readUsage(processes: ProductProcess[]): Usage {
  const usage: Usage = { cpuSeconds: {}, residentMegabytes: {} }
  if (!existsSync('/proc/self/stat')) return usage
  const all = readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined
    return stat ? [stat] : []
  })
  for (const { name, pid } of processes) {
    const own = statOf(pid)
    if (!own) continue
    const backends = name === 'postgres' ? all.filter((stat) => stat.parent === pid) : []
    usage.cpuSeconds[name] = backends.reduce((sum, stat) => sum + stat.cpuSeconds, own.cpuSeconds)
    usage.residentMegabytes[name] = own.residentBytes / 1_048_576
  }
  return usage
}

/** Of one process; 0 where the kernel does not say. */
export const residentMegabytes = (pid: number): number => (statOf(pid)?.residentBytes ?? 0) / 1_048_576

/** Of one process since its start; 0 where the kernel does not say. */
export const cpuSeconds = (pid: number): number => statOf(pid)?.cpuSeconds ?? 0

/** Microseconds of CPU per event and process between two readings. A backend that ended in between is missing from it. */
export function cpuPerEvent(before: Usage, after: Usage, events: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after.cpuSeconds).map(([name, seconds]) => [
      name,
      Math.round(((seconds - (before.cpuSeconds[name] ?? 0)) * 1_000_000) / Math.max(1, events)),
    ]),
  )
}
