// An empty Postgres for one command: gone with its folder when the command ends.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from './launcher/embedded-postgres.ts'

/** Runs `work` over a Postgres of its own. */
export async function withThrowAwayPostgres<T>(work: (url: string) => Promise<T>): Promise<T> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'signalbox-postgres-'))
  try {
    const server = await startEmbeddedPostgres({ dataFolder, fast: true })
    try {
      return await work(server.url)
    } finally {
      await server.stop()
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true })
  }
}
