// After the last test of a file nothing of it may still hold the process: no socket, server, child or thread.
import { afterAll, beforeAll } from 'vitest'
import { eventually } from './eventually.ts'

const watched = new Set(['TCPSocketWrap', 'TCPServerWrap', 'PipeServerWrap', 'ProcessWrap', 'FSEventWrap', 'Worker'])

function held(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) if (watched.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

let before = new Map<string, number>()

beforeAll(() => {
  before = held()
})

// Registered first, so it runs after every other afterAll of the file.
afterAll(async () => {
  await eventually(() => {
    const leaked = [...held()].filter(([kind, count]) => count > (before.get(kind) ?? 0))
    if (leaked.length > 0)
      throw new Error(`This file leaked ${leaked.map(([kind, count]) => `${count - (before.get(kind) ?? 0)} ${kind}`).join(', ')}.`)
    return true
  })
})
