// run/processes.json is for people and tools (contract.md); run/children.json is for the next launcher, when this one is killed.
import { join } from 'node:path'
import { endLeftover, processIdentity } from './process-identity.ts'
import { readJson, writeJson } from './state-file.ts'

interface Entry {
  name: string
  pid: number
  port: number | null
  identity: string
  /** Its row in the table `process`, when it has one. */
  processId: string | null
}

export interface ProcessFile {
  set(name: string, process: { pid: number; port: number | null; processId: string | null }): void
  remove(name: string): void
}

/** Keeps the two files true; every change is on disk when the call returns. */
export function createProcessFile(runFolder: string): ProcessFile {
  const entries = new Map<string, Entry>()
  const write = () => {
    const all = [...entries.values()]
    writeJson(childrenPath(runFolder), all)
    writeJson(
      join(runFolder, 'processes.json'),
      all.map(({ name, pid, port }) => ({ name, pid, port })),
    )
  }
  write()
  return {
    set(name, { pid, port, processId }) {
      entries.set(name, { name, pid, port, identity: processIdentity(pid) ?? '', processId })
      write()
    },
    remove(name) {
      if (entries.delete(name)) write()
    },
  }
}

function childrenPath(runFolder: string): string {
  return join(runFolder, 'children.json')
}

const servers = new Set(['postgres', 'redis'])
/** Of `npm start -- --full`: needed by the others while these end, and not started again by a start without it. */
const fullServers = new Set(['minio', 'weaviate', 'embedder'])

/**
 * Ends what a killed launcher left running, except Postgres and Redis, whose start takes over by itself and which the others
 * need while they stop. Returns the ids of all processes it had, so that they can be reported as ended.
 */
export async function endLeftoverChildren(runFolder: string, say: (line: string) => void): Promise<string[]> {
  const leftover = readJson<Entry[]>(childrenPath(runFolder)) ?? []
  const end = async (entries: Entry[], graceMs: number) =>
    (await Promise.all(entries.map(async (entry) => ((await endLeftover(entry, { graceMs })) ? [entry.name] : [])))).flat()
  const others = leftover.filter((entry) => !servers.has(entry.name))
  const names = [
    ...(await end(
      others.filter((entry) => !fullServers.has(entry.name)),
      5_000,
    )),
    ...(await end(
      others.filter((entry) => fullServers.has(entry.name)),
      20_000,
    )),
  ]
  if (names.length > 0) say(`The last start was killed; ended what it left running: ${names.join(', ')}.`)
  return leftover.flatMap((entry) => entry.processId ?? [])
}
