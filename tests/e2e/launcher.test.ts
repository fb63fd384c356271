import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { processIdentity } from '../../tools/launcher/process-identity.ts'
import { eventually } from '../support/eventually.ts'
import { startProduct, type Product } from '../support/product.ts'

const root = join(import.meta.dirname, '../..')
let dataFolder: string
let product: Product

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'signalbox-launcher-'))
  product = await startProduct({ dataFolder, flags: ['--api', '2', '--workers', '2'] })
})
afterAll(async () => {
  await product?.stop({ keepData: true }).catch(() => {})
  await rm(dataFolder, { recursive: true, force: true })
})

/** A start that is expected to end by itself. */
const startAndFail = (env: Record<string, string>) => runToEnd(['tools/bootstrap.mjs', 'start'], env)

async function runToEnd(command: string[], env: Record<string, string>): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, command, { cwd: root, env: { ...process.env, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}

describe('npm start', () => {
  it('lists its processes, and says how to sign in', async () => {
    const processes = await product.processes()
    expect(processes.map((entry) => entry.name).sort()).toEqual([
      'api-1',
      'api-2',
      'mail-catcher',
      'postgres',
      'redis',
      'worker-1',
      'worker-2',
    ])
    const port = Number(new URL(product.url).port)
    expect(processes.filter((entry) => entry.name.startsWith('api-')).map((entry) => entry.port)).toEqual([port, port])
    expect(processes.filter((entry) => entry.name.startsWith('worker-')).map((entry) => entry.port)).toEqual([null, null])
    await eventually(() => /Sign in +admin@localhost, password \S{20,}/.test(product.output()))
  })

  it('has a database that its commands find by the data folder', async () => {
    const status = async (env: Record<string, string>) => runToEnd(['tools/bootstrap.mjs', 'db:status'], { ...env, DATABASE_URL: '' })
    const found = await status({ SIGNALBOX_DATA: dataFolder })
    expect(found.output).toContain('Database schema is up to date')
    expect(found.code).toBe(0)
    const elsewhere = await status({ SIGNALBOX_DATA: join(dataFolder, 'nothing-here') })
    expect(elsewhere.output).toContain('SIGNALBOX_DATA')
    expect(elsewhere.code).toBe(1)
  })

  it.each(['api-2', 'worker-1', 'mail-catcher', 'redis', 'postgres'])('replaces %s after a SIGKILL, on the same port', async (name) => {
    const before = (await product.processes()).find((entry) => entry.name === name)!
    const killedAt = performance.now()
    await product.kill(name)
    const after = await eventually(async () => (await product.processes()).find((entry) => entry.name === name && entry.pid !== before.pid))
    console.log(`${name} was replaced after ${(performance.now() - killedAt).toFixed(0)} ms`)
    expect(after.port).toBe(before.port)
    await eventually(async () => (await product.api('GET', '//readyz')).status === 200)
  })

  it('refuses a second start on the same data folder', async () => {
    const { code, output } = await startAndFail({ PORT: '0', SIGNALBOX_DATA: dataFolder })
    expect(output).toMatch(/already runs with this data folder \(process \d+, http:\/\/localhost:\d+\)/)
    expect(code).toBe(1)
  })

  it('names the port that another program has, and leaves nothing behind', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-taken-'))
    const { code, output } = await startAndFail({ PORT: String(port), SIGNALBOX_DATA: folder })
    expect(output).toContain(`Port ${port} of 127.0.0.1 is taken by another program`)
    expect(code).toBe(1)
    expect(JSON.parse(await readFile(join(folder, 'run/processes.json'), 'utf8'))).toEqual([])
    other.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('takes over everything that a killed launcher left, with what was there', async () => {
    const id = 'kept-by-the-start-before'
    // Each of the two APIs comes back by itself after what was killed above.
    await eventually(async () => (await product.api('PUT', `/recipients/${id}`, { email: 'kept@example.test' })).status < 300)
    const left = await product.processes()
    const launcher = JSON.parse(await readFile(join(dataFolder, 'run/launcher.json'), 'utf8')) as { pid: number }
    process.kill(launcher.pid, 'SIGKILL')
    await eventually(() => processIdentity(launcher.pid) === null)
    expect(left.filter((entry) => processIdentity(entry.pid) === null)).toEqual([])

    product = await startProduct({ dataFolder, apiKey: product.apiKey })
    expect(left.filter((entry) => processIdentity(entry.pid) !== null)).toEqual([])
    expect(product.output()).toMatch(/The last start was killed; ended what it left running: .*worker-2/)
    expect((await product.api('GET', `/recipients/${id}`)).body).toMatchObject({ email: 'kept@example.test' })
    await eventually(() => /with the password shown at the first start/.test(product.output()))
  })

  it('ends with 0 after Ctrl-C, leaves no process behind, and is ready again', async () => {
    const running = await product.processes()
    expect(running).toHaveLength(5)
    await product.stop({ keepData: true })
    expect(running.filter((entry) => processIdentity(entry.pid) !== null)).toEqual([])
    expect(await product.processes()).toEqual([])
    const startedMs = Date.now()
    product = await startProduct({ dataFolder, apiKey: product.apiKey })
    console.log(`ready again after ${Date.now() - startedMs} ms`)
  })
})
