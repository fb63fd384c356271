// The client of the embedding service against a server that speaks its protocol and misbehaves on demand.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEmbedder, EmbedderUnavailable } from './index.ts'

let server: Server
let url: string
let answer: (texts: string[], asked: number) => { status: number; body: unknown; headers?: Record<string, string> } | null
let asked = 0

beforeAll(async () => {
  server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const { texts } = JSON.parse(Buffer.concat(chunks).toString()) as { texts: string[] }
      const reply = answer(texts, ++asked)
      if (!reply) return res.destroy()
      res.writeHead(reply.status, reply.headers).end(JSON.stringify(reply.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

const good = (texts: string[]) => ({ status: 200, body: { vectors: texts.map((text) => [text.length, 1]) } })

test('asks in batches and answers in order', async () => {
  asked = 0
  answer = good
  const vectors = await createEmbedder({ url }).embed(Array.from({ length: 40 }, (_, i) => 'x'.repeat(i + 1)))
  expect(vectors.map(([length]) => length)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
  expect(asked).toBe(3)
})

test('asks again when the service is full, as often as is sensible', async () => {
  asked = 0
  answer = (texts, n) => (n < 3 ? { status: 503, body: {}, headers: { 'retry-after': '0' } } : good(texts))
  expect(await createEmbedder({ url }).embed(['a'])).toEqual([[1, 1]])
  answer = () => ({ status: 503, body: {}, headers: { 'retry-after': '0' } })
  await expect(createEmbedder({ url }).embed(['a'])).rejects.toThrow(EmbedderUnavailable)
})

test('takes nonsense for no answer, and leaves a failing service alone for a while', async () => {
  let time = 0
  const embedder = createEmbedder({ url, now: () => time })
  answer = () => ({ status: 200, body: { vectors: [['x']] } })
  for (let i = 0; i < 3; i++) await expect(embedder.embed(['a'])).rejects.toThrow('is not 1 vectors')
  asked = 0
  answer = good
  await expect(embedder.embed(['a'])).rejects.toThrow('left alone')
  expect(asked).toBe(0)
  time = 60_000
  expect(await embedder.embed(['a'])).toEqual([[1, 1]])
})
