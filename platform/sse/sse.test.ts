import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createEventStream, endEventStreams, frameOf, type EventStream, type EventStreamOptions } from './index.ts'

let server: Server | undefined
afterEach(async () => {
  endEventStreams()
  server?.closeAllConnections()
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
  server = undefined
})

/** A server whose answers are streams, and one client of it. */
async function connected(options: EventStreamOptions = {}): Promise<{ stream: EventStream; answer: IncomingMessage }> {
  let stream: EventStream | undefined
  server = createServer((_, response) => {
    stream = createEventStream(response, options)
    stream.open()
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port: (server!.address() as AddressInfo).port, host: '127.0.0.1' }, resolve).on('error', reject)
  })
  answer.on('error', () => {})
  return { stream: stream!, answer }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk
  return text
}

describe('an event stream', () => {
  it('writes an event as one frame, whatever its text holds', () => {
    expect(frameOf({ event: 'item', id: 13, data: { title: 'a\nb\r\u2028' } })).toBe(
      'event: item\nid: 13\ndata: {"title":"a\\nb\\r\u2028"}\n\n',
    )
    expect(frameOf({ event: 'update', data: null })).toBe('event: update\ndata: null\n\n')
  })

  it('is neither cached nor buffered on its way', async () => {
    const { answer } = await connected()
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    })
  })

  it('carries events and heartbeats until it ends', async () => {
    const { stream, answer } = await connected({ heartbeatEveryMs: 5 })
    const text = textOf(answer)
    expect(await stream.send({ event: 'item', id: 1, data: { a: 1 } })).toBe(true)
    let heard = ''
    answer.on('data', (chunk: string) => {
      heard += chunk
      if (heard.includes(': alive')) stream.end()
    })
    expect(await text).toMatch(/^retry: 2000\n\n[^]*event: item\nid: 1\ndata: \{"a":1\}\n\n[^]*: alive\n\n$/)
    expect(await stream.send({ event: 'item', data: null })).toBe(false)
  })

  it('ends when its credential runs out, also one that ran out before', async () => {
    const { stream, answer } = await connected({ until: new Date(Date.now() - 1) })
    await textOf(answer)
    expect(stream.signal.aborted).toBe(true)
  })

  it('ends when the process stops', async () => {
    const { stream, answer } = await connected()
    endEventStreams()
    await textOf(answer)
    expect(stream.signal.aborted).toBe(true)
  })

  it('notices that its client left', async () => {
    const { stream, answer } = await connected()
    const ended = new Promise((resolve) => stream.signal.addEventListener('abort', resolve))
    answer.destroy()
    await ended
  })

  it('cuts a client that takes nothing, instead of keeping events for it', async () => {
    const { stream, answer } = await connected({ takeWithinMs: 50 })
    answer.pause()
    const data = 'x'.repeat(64 * 1024)
    let sent = 0
    while (await stream.send({ event: 'item', data })) if (++sent > 1_000) break
    expect(sent).toBeLessThan(1_000)
    expect(stream.signal.aborted).toBe(true)
  })
})
