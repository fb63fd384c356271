// A file of 520 MB goes in, is checked and comes out again, one of 200 MB goes out by mail, and the memory of API and worker stays as it is:
// bytes only ever pass by.
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { passLargeFile, watchMemory } from '../support/large-file.ts'
import { startProduct, type Product } from '../support/product.ts'

const megabyte = 1024 * 1024
/** Room for what Node takes and gives back as it likes; a file that is kept in memory anywhere would show as twice this at least. */
const allowed = { upload: 200, mail: 100 }

let product: Product
let mailServer: SMTPServer
const mails: number[] = []

/** Counts what comes, and keeps none of it. */
async function startMailServer(): Promise<string> {
  mailServer = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream: Readable, _session, done) {
      let size = 0
      stream.on('data', (chunk: Buffer) => (size += chunk.length))
      stream.once('end', () => {
        mails.push(size)
        done()
      })
    },
  })
  mailServer.on('error', () => {})
  await new Promise<void>((resolve) => void mailServer.listen(0, '127.0.0.1', resolve))
  return `smtp://127.0.0.1:${(mailServer.server.address() as AddressInfo).port}`
}

beforeAll(async () => {
  product = await startProduct({ env: { SMTP_URL: await startMailServer(), MAIL_FROM: 'signalbox@example.com' } })
})

afterAll(async () => {
  await product?.stop()
  await new Promise<void>((resolve) => void mailServer.close(resolve))
})

const linux = process.platform === 'linux'

test.runIf(linux)('takes and gives a file of 520 MB without keeping it in memory', async () => {
  const { memory } = await watchMemory(product, ['api-1'], () => passLargeFile(product, 520 * megabyte))
  console.log(`520 MB in and out: ${JSON.stringify(memory)} MB`)
  expect(memory['api-1']!.grown).toBeLessThan(allowed.upload)
})

test.runIf(linux)('sends a file of 200 MB by mail without keeping it in memory', async () => {
  const size = 200 * megabyte
  const file = await passLargeFile(product, size)
  const { memory } = await watchMemory(product, ['worker-1'], async () => {
    const data = { title: 'With a file', url: 'https://example.com/pull/7' }
    const event = { type: 'pull_request.opened', recipients: [{ id: 'u1', email: 'you@example.com' }], data, attachments: [file.id] }
    expect((await product.api('POST', '/events', event)).status).toBe(202)
    await eventually(() => mails.length > 0, { timeoutMs: 200_000 })
  })
  console.log(`200 MB by mail: ${JSON.stringify(memory)} MB`)
  // In base64, as mail has it.
  expect(mails).toHaveLength(1)
  expect(mails[0]).toBeGreaterThan((size * 4) / 3)
  expect(memory['worker-1']!.grown).toBeLessThan(allowed.mail)
})
