// A file of 300 MB goes in, is checked and comes out again, while the API's memory stays as it is: bytes only ever pass by.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProduct, type Product } from '../support/product.ts'

const megabyte = 1024 * 1024
const size = 300 * megabyte
/** A file that is kept in memory anywhere would show as three times this. */
const allowedGrowth = 100 * megabyte

let product: Product

beforeAll(async () => {
  product = await startProduct()
})

afterAll(() => product?.stop())

/** Bytes that differ from place to place, made as they are asked for. */
function* bytesFrom(from: number, to: number): Generator<Buffer> {
  for (let at = from; at < to; at += megabyte) yield Buffer.alloc(Math.min(megabyte, to - at), `${at / megabyte} of a large file `)
}

async function residentBytes(name: string): Promise<number> {
  const found = (await product.processes()).find((entry) => entry.name === name)
  const status = await readFile(`/proc/${found!.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024
}

/** The most that was resident while `work` ran. */
async function peakOf<T>(work: () => Promise<T>): Promise<{ peak: number; result: T }> {
  let peak = 0
  const look = async () => void (peak = Math.max(peak, await residentBytes('api-1')))
  const timer = setInterval(() => void look().catch(() => {}), 50)
  try {
    const result = await work()
    await look()
    return { peak, result }
  } finally {
    clearInterval(timer)
  }
}

test.runIf(process.platform === 'linux')('takes and gives a file of 300 MB without keeping it in memory', async () => {
  const before = await residentBytes('api-1')
  const sum = createHash('sha256')
  for (const chunk of bytesFrom(0, size)) sum.update(chunk)
  const sha256 = sum.digest('hex')
  const { peak, result } = await peakOf(async () => {
    const created = await product.api('POST', '/attachments', {
      filename: 'large.bin',
      contentType: 'application/octet-stream',
      size,
      sha256,
    })
    const { upload } = created.body
    const parts = []
    for (const { number, url } of upload.parts) {
      const from = (number - 1) * upload.partSize
      const to = Math.min(size, from + upload.partSize)
      const body = Readable.toWeb(Readable.from(bytesFrom(from, to)))
      const answer = await fetch(url, { method: 'PUT', body, duplex: 'half' } as never)
      expect(answer.status, await answer.text()).toBe(200)
      parts.push({ number, etag: answer.headers.get('etag') })
    }
    let file = (await product.api('POST', `/attachments/${created.body.id}/complete`, { parts })).body
    while (file.state === 'checking') file = (await product.api('GET', `/attachments/${created.body.id}`)).body
    expect(file).toMatchObject({ state: 'ready', sha256 })
    const received = createHash('sha256')
    for await (const chunk of (await fetch(file.url)).body as unknown as AsyncIterable<Uint8Array>) received.update(chunk)
    return received.digest('hex')
  })
  expect(result).toBe(sha256)
  expect((peak - before) / megabyte, `grew from ${before / megabyte} MB`).toBeLessThan(allowedGrowth / megabyte)
  console.log(
    `300 MB in and out: the API grew by ${Math.round((peak - before) / megabyte)} MB at most, from ${Math.round(before / megabyte)} MB`,
  )
})
