// A file of any size that is never whole anywhere: made as it is sent, measured as it comes back; and what a process takes of memory meanwhile.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { buffer } from 'node:stream/consumers'
import type { AttachmentView } from '#shared/contracts/attachment.ts'
import type { Product } from './product.ts'

const megabyte = 1024 * 1024

/** Bytes that differ from place to place, made as they are asked for. `from` is a multiple of a megabyte. */
function* bytesFrom(from: number, to: number): Generator<Buffer> {
  for (let at = from; at < to; at += megabyte) yield Buffer.alloc(Math.min(megabyte, to - at), `${at / megabyte} of a large file `)
}

function sumOf(size: number): string {
  const sum = createHash('sha256')
  for (const chunk of bytesFrom(0, size)) sum.update(chunk)
  return sum.digest('hex')
}

/** PUTs these bytes with their length, no faster than they are taken; the etag. */
export async function putStream(
  url: string,
  length: number,
  bytes: Iterable<Buffer> | AsyncIterable<Buffer>,
  headers: Record<string, string> = {},
): Promise<string> {
  const sending = request(url, { method: 'PUT', headers: { ...headers, 'content-length': length } })
  const answered = new Promise<{ status: number; etag: string; text: string }>((resolve, reject) => {
    sending.once('error', reject)
    sending.once('response', (answer) => {
      const { statusCode, headers } = answer
      buffer(answer).then((text) => resolve({ status: statusCode ?? 0, etag: String(headers.etag), text: text.toString() }), reject)
    })
  })
  // What went wrong is in the answer, where there is one.
  const sent = pipeline(Readable.from(bytes, { objectMode: false }), sending).catch(() => {})
  const { status, etag, text } = await answered
  await sent
  if (status !== 200) throw new Error(`PUT answered ${status}: ${text}`)
  return etag
}

/** Through the product and out again: announced, sent in parts, checked, fetched. Throws when other bytes come back. */
export async function passLargeFile(product: Product, size: number): Promise<AttachmentView> {
  const sha256 = sumOf(size)
  const created = await product.api('POST', '/attachments', {
    filename: 'large.bin',
    contentType: 'application/octet-stream',
    size,
    sha256,
  })
  if (created.status !== 201) throw new Error(`POST /attachments answered ${created.status}: ${JSON.stringify(created.body)}`)
  const { id, upload } = created.body
  const parts = []
  for (const { number, url } of upload.parts) {
    const from = (number - 1) * upload.partSize
    const to = Math.min(size, from + upload.partSize)
    parts.push({ number, etag: await putStream(url, to - from, bytesFrom(from, to)) })
  }
  let file = (await product.api('POST', `/attachments/${id}/complete`, { parts })).body as AttachmentView
  while (file.state === 'checking') {
    await new Promise((resolve) => setTimeout(resolve, 200))
    file = (await product.api('GET', `/attachments/${id}`)).body
  }
  if (file.state !== 'ready') throw new Error(`The file is ${file.state}: ${file.reason}`)
  const received = createHash('sha256')
  for await (const chunk of (await fetch(file.url!)).body as unknown as AsyncIterable<Uint8Array>) received.update(chunk)
  if (received.digest('hex') !== sha256) throw new Error('Other bytes came back')
  return file
}

async function residentBytes(product: Product, name: string): Promise<number> {
  const found = (await product.processes()).find((entry) => entry.name === name)
  const status = await readFile(`/proc/${found!.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024
}

/** Megabytes that each process had before, and the most that it had while `work` ran. Linux. */
export async function watchMemory<T>(
  product: Product,
  names: string[],
  work: () => Promise<T>,
): Promise<{ result: T; memory: Record<string, { before: number; grown: number }> }> {
  const before = new Map<string, number>()
  for (const name of names) before.set(name, await residentBytes(product, name))
  const most = new Map(before)
  const look = async (): Promise<void> => {
    for (const name of names) most.set(name, Math.max(most.get(name)!, await residentBytes(product, name)))
  }
  const timer = setInterval(() => void look().catch(() => {}), 50)
  try {
    const result = await work()
    await look()
    const inMegabytes = (bytes: number): number => Math.round(bytes / megabyte)
    const memory = names.map((name) => [
      name,
      { before: inMegabytes(before.get(name)!), grown: inMegabytes(most.get(name)! - before.get(name)!) },
    ])
    return { result, memory: Object.fromEntries(memory) as Record<string, { before: number; grown: number }> }
  } finally {
    clearInterval(timer)
  }
}
