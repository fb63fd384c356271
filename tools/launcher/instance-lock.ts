// One launcher per data folder. The lock names its holder by pid and start, so that a killed one's is taken over.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, processIdentity, waitUntil } from './process-identity.ts'
import { StartFailed } from './start-failed.ts'
import { readJson, writeJson } from './state-file.ts'

interface Holder {
  pid: number
  identity: string
  state: 'running' | 'stopping'
  address: string
}

export interface InstanceLock {
  /** From now on another start waits for our end instead of giving up. */
  markStopping(): void
  release(): void
}

const stopTimeoutMs = 60_000
const orphanNoticeMs = 800

/** Takes the lock of this data folder. Throws StartFailed when a living launcher holds it and does not stop. */
export async function takeInstanceLock(runFolder: string, address: string, say: (line: string) => void): Promise<InstanceLock> {
  const path = join(runFolder, 'launcher.json')
  const own: Holder = { pid: process.pid, identity: processIdentity(process.pid) ?? '', state: 'running', address }
  for (let waited = false; ;) {
    if (createWhole(path, own)) break
    const holder = readJson<Holder>(path)
    if (holder && isAlive(holder.pid, holder.identity)) {
      // One whose npm was killed this moment notices that soon, and stops.
      const stops = holder.state === 'stopping' || (await waitUntil(() => readJson<Holder>(path)?.state !== 'running', orphanNoticeMs, 50))
      if (!stops || waited) {
        throw new StartFailed(
          `Signalbox already runs with this data folder (process ${holder.pid}, ${holder.address}). Stop it first, or use another folder: SIGNALBOX_DATA=...`,
        )
      }
      say(`Waiting for the Signalbox of this data folder that is stopping (process ${holder.pid}) ...`)
      waited = true
      await waitUntil(() => !isAlive(holder.pid, holder.identity), stopTimeoutMs, 100)
      continue
    }
    removeStale(path)
  }
  const mine = () => readJson<Holder>(path)?.identity === own.identity
  return {
    markStopping() {
      if (mine()) writeJson(path, { ...own, state: 'stopping' } satisfies Holder)
    },
    release() {
      if (mine()) rmSync(path, { force: true })
    },
  }
}

/** A link appears with its content or not at all, and fails when the name is taken. */
function createWhole(path: string, holder: Holder): boolean {
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, JSON.stringify(holder))
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(temporary, { force: true })
  }
}

function removeStale(path: string): void {
  const aside = `${path}.${process.pid}.stale`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  // Two starts may find the same dead holder: the slower one has just moved the faster one's new lock away. Give it back.
  const moved = JSON.parse(readFileSync(aside, 'utf8') || '{}') as Partial<Holder>
  try {
    if (moved.pid && moved.identity && isAlive(moved.pid, moved.identity)) linkSync(aside, path)
  } catch {
    // A third one took the place meanwhile.
  } finally {
    rmSync(aside, { force: true })
  }
}
