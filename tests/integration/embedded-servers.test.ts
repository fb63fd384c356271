import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPool } from '#platform/postgres/index.ts'
import { startEmbeddedPostgres, type EmbeddedServer } from '../../tools/launcher/embedded-postgres.ts'
import { startEmbeddedRedis } from '../../tools/launcher/embedded-redis.ts'
import { processIdentity } from '../../tools/launcher/process-identity.ts'

let dataFolder: string

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'signalbox-embedded-'))
})
afterAll(() => rm(dataFolder, { recursive: true, force: true }))

/** One statement over a connection of its own. */
async function ask<T>(server: EmbeddedServer, sql: string): Promise<T[]> {
  const pool = createPool({ url: server.url, max: 1, applicationName: 'tests' })
  try {
    return (await pool.query(sql)).rows as T[]
  } finally {
    await pool.end()
  }
}

function redisCommand(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`))
    socket.once('data', (data) => {
      socket.destroy()
      resolve(data.toString())
    })
    socket.once('error', reject)
  })
}

/** A process that starts both servers in the data folder and is killed as soon as they answer. */
async function startAndKillTheStarter(): Promise<{ postgres: { pid: number; port: number }; redis: { pid: number; port: number } }> {
  const starter = spawn(process.execPath, [join(import.meta.dirname, '../support/programs/start-servers.ts'), dataFolder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(starter.stdout, 'data')) as [Buffer]
  starter.kill('SIGKILL')
  await once(starter, 'exit')
  return JSON.parse(line.toString())
}

describe('embedded servers', () => {
  it('are durable, UTF-8, and on the loopback alone', async () => {
    const [postgres, redis] = await Promise.all([startEmbeddedPostgres({ dataFolder }), startEmbeddedRedis({ dataFolder })])
    const settings = await ask<{ name: string; setting: string }>(
      postgres,
      `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'server_encoding') ORDER BY name`,
    )
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      ...{ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', listen_addresses: '127.0.0.1', server_encoding: 'UTF8' },
    })
    expect(
      await ask(postgres, `SELECT datlocprovider AS provider, datlocale AS locale FROM pg_database WHERE datname = current_database()`),
    ).toEqual([{ provider: 'b', locale: 'C.UTF-8' }])
    expect(await redisCommand(redis.port, 'CONFIG GET maxmemory-policy')).toContain('noeviction')
    expect(await redisCommand(redis.port, 'CONFIG GET appendonly')).toContain('yes')
    await ask(postgres, 'CREATE TABLE kept (value text)')
    await ask(postgres, `INSERT INTO kept VALUES ('before')`)
    await redisCommand(redis.port, 'SET kept before')
    await Promise.all([redis.stop(), postgres.stop()])
    expect(processIdentity(postgres.pid)).toBeNull()
    expect(processIdentity(redis.pid)).toBeNull()
  })

  it('are taken over, with their ports and data, from a starter that was killed', async () => {
    const left = await startAndKillTheStarter()
    expect(processIdentity(left.postgres.pid)).not.toBeNull()
    const [postgres, redis] = await Promise.all([startEmbeddedPostgres({ dataFolder }), startEmbeddedRedis({ dataFolder })])
    expect(processIdentity(left.postgres.pid)).toBeNull()
    expect(processIdentity(left.redis.pid)).toBeNull()
    expect([postgres.port, redis.port]).toEqual([left.postgres.port, left.redis.port])
    expect(await ask(postgres, 'SELECT value FROM kept')).toEqual([{ value: 'before' }])
    expect(await redisCommand(redis.port, 'GET kept')).toContain('before')
    await Promise.all([redis.stop(), postgres.stop()])
  })

  it('start again at once after a SIGKILL, also with backends at work', async () => {
    const first = await startEmbeddedPostgres({ dataFolder })
    const pool = createPool({ url: first.url, max: 3, applicationName: 'tests' })
    const busy = Promise.allSettled([1, 2].map(() => pool.query('SELECT count(*) FROM generate_series(1, 1e12)')))
    await expect
      .poll(async () => (await pool.query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active'`)).rows[0].n)
      .toBeGreaterThan(2)
    process.kill(first.pid, 'SIGKILL')
    await first.exited
    // Left alone, those backends would be at work for days.
    const second = await startEmbeddedPostgres({ dataFolder, port: first.port })
    expect(await ask(second, 'SELECT value FROM kept')).toEqual([{ value: 'before' }])
    expect((await busy).map((result) => result.status)).toEqual(['rejected', 'rejected'])
    await pool.end()
    await second.stop()
  })

  it('refuse a port that somebody else has', async () => {
    const redis = await startEmbeddedRedis({ dataFolder })
    await expect(startEmbeddedPostgres({ dataFolder, port: redis.port })).rejects.toThrow(`Port ${redis.port} of 127.0.0.1 is taken`)
    await redis.stop()
  })

  it('keep their password where only the owner reads it, and out of the list of processes', async () => {
    const postgres = await startEmbeddedPostgres({ dataFolder })
    const { password } = new URL(postgres.url)
    expect(JSON.parse(await readFile(join(dataFolder, 'postgres.json'), 'utf8'))).toMatchObject({ password })
    const wrong = createPool({ url: postgres.url.replace(password, 'wrong'), max: 1, applicationName: 'tests' })
    await expect(wrong.query('SELECT 1')).rejects.toThrow(/password authentication failed/)
    await wrong.end()
    await postgres.stop()
  })
})
