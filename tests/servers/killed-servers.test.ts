// The object store and the search index may die at any moment: accepts and deliveries go on, nothing is lost, and afterwards the index is
// what the tables are. Real servers, SIGKILLed in the middle of load.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { processIdentity } from '../../tools/launcher/process-identity.ts'
import { eventually } from '../support/eventually.ts'
import { addFile, fileBytes, sha256 } from '../support/files.ts'
import { startProduct, type Product } from '../support/product.ts'
import { startMinio, startWeaviate, type RealMinio, type RealWeaviate } from '../support/real-servers.ts'

let minio: RealMinio
let weaviate: RealWeaviate
let product: Product
let environment: Record<string, string>

beforeAll(async () => {
  ;[minio, weaviate] = await Promise.all([startMinio(), startWeaviate()])
  environment = {
    ...{ S3_ENDPOINT: minio.endpoint, S3_ACCESS_KEY: minio.accessKey, S3_SECRET_KEY: minio.secretKey },
    ...{ WEAVIATE_URL: weaviate.url, WEAVIATE_GRPC_URL: weaviate.grpcUrl, WEAVIATE_API_KEY: weaviate.apiKey },
    // Enough attempts that a server may be away for a while on a slow machine.
    SIGNALBOX_RETRY_SCHEDULE: Array.from({ length: 40 }, () => '1').join(','),
  }
  product = await startProduct({ env: environment })
})
afterAll(async () => {
  await product?.stop()
  await Promise.all([minio?.stop(), weaviate?.stop()])
})

const patience = { timeoutMs: 120_000, intervalMs: 250 }
/** Of a test: several such waits on a machine that is slow. */
const timeout = 600_000
const file = fileBytes(1024 * 1024)

/** Accepts so many events, one mail and one inbox message each, with the file when there is one; their ids. */
async function accept(count: number, subject: string, attachments: string[] = []): Promise<string[]> {
  const events = Array.from({ length: count }, (_, number) => ({
    type: 'pull_request.opened',
    subject,
    recipients: [{ id: `${subject}-${number}`, email: `${subject}-${number}@example.com` }],
    data: { title: `${subject} number ${number}` },
    ...(attachments.length > 0 ? { attachments } : {}),
  }))
  const { status, body } = await product.api('POST', '/events/batch', { events })
  expect(status).toBe(202)
  expect(body.items.filter((item: any) => item.status !== 'accepted')).toEqual([])
  return body.items.map((item: any) => item.id as string)
}

/** Every mail of these events, from the catcher. */
async function mailsOf(subject: string): Promise<{ to: string[]; attachments: { sha256: string }[] }[]> {
  const found = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body }: any = await product.api(
      'GET',
      `/mailbox?limit=200&subject=${subject}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    )
    found.push(...body.items)
    cursor = body.nextCursor
  }
  return found
}

/** One mail for each of them, and no second one. */
async function expectDelivered(count: number, subject: string) {
  const mails = await eventually(async () => {
    const all = await mailsOf(subject)
    expect(new Set(all.map((mail) => mail.to[0])).size).toBe(count)
    return all
  }, patience)
  expect(mails).toHaveLength(count)
  return mails
}

async function expectNothingLost() {
  await eventually(async () => {
    const { body } = await product.api('GET', '/ledger')
    expect(body.events).toMatchObject({ unaccounted: 0 })
    expect(body.deliveries).toMatchObject({ pending: 0, unaccounted: 0 })
    return true
  }, patience)
}

// One test's failure must not become the next one's: each begins with both there.
beforeEach(async () => {
  if (processIdentity(minio.pid()) === null) await minio.restart()
  if (processIdentity(weaviate.pid()) === null) await weaviate.restart()
})

describe('MinIO killed', { timeout }, () => {
  it('leaves accepts and deliveries alone; what needs a file waits, says why, and arrives whole when it is back', async () => {
    const { id } = await addFile(product.api, file, { filename: 'a.bin', contentType: 'application/octet-stream' })
    await minio.kill()
    const [waiting] = await accept(1, 'withfile', [id])
    await accept(100, 'without')
    await expectDelivered(100, 'without')
    await eventually(async () => {
      const { body } = await product.api('GET', `/events/${waiting}`)
      const mail = body.deliveries.find((delivery: any) => delivery.channel === 'email')
      expect(mail.state).not.toBe('delivered')
      expect(JSON.stringify([mail.reason, mail.attempts])).toMatch(/file|attachment|object store/i)
      return true
    }, patience)
    expect(await mailsOf('withfile')).toEqual([])
    await minio.restart()
    const [mail] = await expectDelivered(1, 'withfile')
    expect(mail!.attachments).toMatchObject([{ sha256: sha256(file) }])
    await expectNothingLost()
  })

  it('in the middle of sending files leaves no mail without its file, with half of it, or sent twice', async () => {
    const { id } = await addFile(product.api, file, { filename: 'b.bin', contentType: 'application/octet-stream' })
    for (let round = 0; round < 3; round++) {
      await accept(40, `load${round}x`, [id])
      // As soon as the first files are on their way.
      await eventually(async () => (await mailsOf(`load${round}x`)).length > 0, patience)
      await minio.kill()
      await minio.restart()
    }
    for (let round = 0; round < 3; round++) {
      const mails = await expectDelivered(40, `load${round}x`)
      expect(new Set(mails.map((mail) => mail.attachments.map((attachment) => attachment.sha256).join()))).toEqual(new Set([sha256(file)]))
    }
    await expectNothingLost()
  })
})

describe('Weaviate killed', { timeout }, () => {
  /** `npm run search:check`: what differs between index and tables; resolves with its exit code and what it printed. */
  async function checkIndex(): Promise<{ code: number; output: string }> {
    const child = spawn(process.execPath, ['tools/search.ts', 'check'], {
      cwd: join(import.meta.dirname, '../..'),
      env: { PATH: process.env.PATH, SIGNALBOX_DATA: product.dataFolder, ...environment },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    return { code, output }
  }

  it('during load leaves deliveries alone, and the index is what the tables are when it is back', async () => {
    for (let round = 0; round < 3; round++) {
      await accept(100, `index${round}x`)
      await weaviate.kill()
      // While it is away: search says so, and nothing else notices.
      await accept(100, `away${round}x`)
      await expectDelivered(100, `index${round}x`)
      await expectDelivered(100, `away${round}x`)
      const answer = await product.api('GET', '/notifications/search?q=number')
      expect(answer.status).toBe(503)
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      await weaviate.restart()
    }
    await expectNothingLost()
    await eventually(
      async () => {
        const { code, output } = await checkIndex()
        expect(code, output).toBe(0)
        return true
      },
      { ...patience, intervalMs: 2_000 },
    )
    const { body } = await product.api('GET', '/notifications/search?q=away2x&mode=words')
    expect(body.items.length).toBeGreaterThan(0)
  })
})
