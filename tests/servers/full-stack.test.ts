// `npm start -- --full` as a large installation has it: MinIO, Weaviate and the embedder beside Postgres and Redis, all kept by the launcher.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { processIdentity } from '../../tools/launcher/process-identity.ts'
import { eventually } from '../support/eventually.ts'
import { startProduct, type Product } from '../support/product.ts'

const added = ['minio', 'weaviate', 'embedder']
let dataFolder: string
let product: Product

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'signalbox-full-'))
  product = await startProduct({ dataFolder, flags: ['--full'] })
})
afterAll(async () => {
  await product?.stop({ keepData: true }).catch(() => {})
  await rm(dataFolder, { recursive: true, force: true })
})

/** True when the server of this name answers on its port. */
async function answers(name: string): Promise<boolean> {
  const port = (await product.processes()).find((entry) => entry.name === name)?.port
  const path = { minio: '/minio/health/cluster', weaviate: '/v1/.well-known/ready', embedder: '/.well-known/ready' }[name]!
  return (await fetch(`http://127.0.0.1:${port}${path}`)).ok
}

describe('npm start -- --full', () => {
  it('lists the three servers it adds, and tells the product where they are', async () => {
    const processes = await product.processes()
    expect(processes.map((entry) => entry.name).sort()).toEqual(['api-1', 'mail-catcher', 'postgres', 'redis', 'worker-1', ...added].sort())
    for (const name of added) expect(await answers(name), name).toBe(true)
    const portOf = (name: string) => processes.find((entry) => entry.name === name)!.port
    const environment = await readFile(`/proc/${processes.find((entry) => entry.name === 'worker-1')!.pid}/environ`, 'utf8')
    expect(environment.split('\0')).toEqual(
      expect.arrayContaining([
        `S3_ENDPOINT=http://127.0.0.1:${portOf('minio')}`,
        `WEAVIATE_URL=http://127.0.0.1:${portOf('weaviate')}`,
        `EMBEDDER_URL=http://127.0.0.1:${portOf('embedder')}`,
      ]),
    )
  })

  it.each(added)('replaces %s after a SIGKILL, on the same port', async (name) => {
    const before = (await product.processes()).find((entry) => entry.name === name)!
    await product.kill(name)
    const after = await eventually(async () => (await product.processes()).find((entry) => entry.name === name && entry.pid !== before.pid))
    expect(after.port).toBe(before.port)
    await eventually(() => answers(name), { timeoutMs: 60_000 })
  })

  it('takes over what a killed launcher left, and a start without it leaves none of them running', async () => {
    const kill = async () => {
      const left = await product.processes()
      const launcher = JSON.parse(await readFile(join(dataFolder, 'run/launcher.json'), 'utf8')) as { pid: number }
      process.kill(launcher.pid, 'SIGKILL')
      await eventually(() => processIdentity(launcher.pid) === null)
      return left
    }
    const left = await kill()
    product = await startProduct({ dataFolder, apiKey: product.apiKey, flags: ['--full'] })
    expect(left.filter((entry) => processIdentity(entry.pid) !== null)).toEqual([])
    expect((await product.processes()).find((entry) => entry.name === 'minio')!.port).toBe(
      left.find((entry) => entry.name === 'minio')!.port,
    )

    const again = await kill()
    product = await startProduct({ dataFolder, apiKey: product.apiKey })
    expect(again.filter((entry) => processIdentity(entry.pid) !== null)).toEqual([])
    expect((await product.processes()).filter((entry) => added.includes(entry.name))).toEqual([])
  })

  it('ends with 0 after Ctrl-C and leaves no process behind', async () => {
    await product.stop({ keepData: true })
    product = await startProduct({ dataFolder, apiKey: product.apiKey, flags: ['--full'] })
    const running = await product.processes()
    expect(running).toHaveLength(8)
    await product.stop({ keepData: true })
    expect(running.filter((entry) => processIdentity(entry.pid) !== null)).toEqual([])
    expect(await product.processes()).toEqual([])
  })
})
