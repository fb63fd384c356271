// `npm run servers` as a person uses it.
import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { processIdentity } from '../../tools/launcher/process-identity.ts'
import { eventually } from '../support/eventually.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-servers-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function run(args: string[], env: Record<string, string> = {}): { child: ChildProcess; output: () => string; ended: Promise<number> } {
  const child = spawn(process.execPath, ['tools/servers.ts', '--data', join(folder, 'data'), ...args], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { child, output: () => output, ended: new Promise((resolve) => child.once('close', (code) => resolve(code ?? -1))) }
}

/** Starts them; the pids and what it printed for the environment. */
async function start(names: string[]) {
  const started = run(names)
  await eventually(() => started.output().includes('The servers are ready') || started.child.exitCode !== null, { timeoutMs: 120_000 })
  const lines = started.output()
  expect(lines).toContain('The servers are ready')
  const environment = Object.fromEntries([...lines.matchAll(/^ {2}([A-Z0-9_]+)=(\S+)$/gm)].map((found) => [found[1]!, found[2]!]))
  return { ...started, environment, pids: [...lines.matchAll(/\(process (\d+)\)/g)].map((found) => Number(found[1])) }
}

const stopped = (pids: number[]) => pids.filter((pid) => processIdentity(pid) !== null)

describe('npm run servers', () => {
  it('prints where each is and with which key, stops all on Ctrl-C, and has their data the next time', async () => {
    const first = await start([])
    expect(first.pids).toHaveLength(6)
    expect(Object.keys(first.environment).sort()).toEqual(
      [
        'CLAMAV_URL',
        'DATABASE_URL',
        'REDIS_URL',
        'S3_ACCESS_KEY',
        'S3_ENDPOINT',
        'S3_SECRET_KEY',
        'WEAVIATE_API_KEY',
        'WEAVIATE_GRPC_URL',
        'WEAVIATE_URL',
      ].sort(),
    )
    const { WEAVIATE_URL, WEAVIATE_API_KEY, S3_ENDPOINT } = first.environment
    const authorization = `Bearer ${WEAVIATE_API_KEY}`
    expect((await fetch(`${WEAVIATE_URL}/v1/schema`, { headers: { authorization } })).status).toBe(200)
    expect((await fetch(`${S3_ENDPOINT}/minio/health/cluster`)).status).toBe(200)
    expect(await redisCommand(first.environment.REDIS_URL!, 'SET kept yes')).toContain('OK')
    // Nobody answers behind nginx; that it says so is its own word.
    const nginx = /nginx \(process \d+\)\n {2}(\S+),/.exec(first.output())![1]!
    expect((await fetch(nginx)).status).toBe(502)

    first.child.kill('SIGINT')
    expect(await first.ended, first.output()).toBe(0)
    expect(stopped(first.pids)).toEqual([])

    const second = await start(['redis', 'weaviate'])
    expect(second.environment).toMatchObject({ WEAVIATE_API_KEY, REDIS_URL: first.environment.REDIS_URL })
    expect(await redisCommand(second.environment.REDIS_URL!, 'GET kept')).toContain('yes')
    second.child.kill('SIGINT')
    expect(await second.ended).toBe(0)
    expect(stopped(second.pids)).toEqual([])
  })

  it('says which of them cannot be had, all at once, and why', async () => {
    const oldGo = join(folder, 'bin')
    await mkdir(oldGo)
    await writeFile(join(oldGo, 'go'), '#!/bin/sh\necho "go: this needs go >= 9.9 (running go 1.0)" >&2\nexit 1\n')
    await chmod(join(oldGo, 'go'), 0o755)
    const { output, ended } = run(['--install', 'minio', 'weaviate'], {
      PATH: `${oldGo}:${process.env.PATH}`,
      SIGNALBOX_CACHE: join(folder, 'cache'),
    })
    expect(await ended).toBe(1)
    for (const name of ['MinIO', 'Weaviate']) expect(output()).toMatch(new RegExp(`${name} could not be built with .*Go 1\\.\\d+ or newer`))
    expect(output()).toContain('running go 1.0')
    expect(output()).toContain('set S3_ENDPOINT')
  })

  it('refuses a name that it does not know', async () => {
    const { output, ended } = run(['mongo'])
    expect(await ended).toBe(1)
    expect(output()).toMatch(/There is no server mongo\.[\s\S]*Usage: npm run servers/)
  })
})

function redisCommand(url: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(`${command}\r\n`))
    socket.once('data', (data) => {
      socket.destroy()
      resolve(data.toString())
    })
    socket.once('error', reject)
  })
}
