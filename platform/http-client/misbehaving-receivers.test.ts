import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { client, rawReceiver, receiver } from '../../tests/support/http-receivers.ts'

describe('receivers that misbehave', () => {
  const call = (port: number) => ({ url: `http://127.0.0.1:${port}/`, headers: [], body: 'x' })

  it('refuses the connection', async () => {
    const server = createTcpServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    expect(await client(port).request(call(port))).toMatchObject({ code: 'connect', systemCode: 'ECONNREFUSED', bytesMayHaveLeft: false })
  })

  it('hangs up after the request', async () => {
    const port = await rawReceiver((socket) => socket.once('data', () => socket.destroy()))
    expect(await client(port).request(call(port))).toMatchObject({ code: 'reset', bytesMayHaveLeft: true })
  })

  it('never answers', async () => {
    const port = await rawReceiver(() => {})
    expect(await client(port, { deadlineMs: 120 }).request(call(port))).toMatchObject({ code: 'timeout', bytesMayHaveLeft: true })
  })

  it('drips headers', async () => {
    const port = await rawReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write('x-drip: 1\r\n'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    expect(await client(port, { deadlineMs: 150 }).request(call(port))).toMatchObject({ code: 'timeout' })
  })

  it('drips its body: dropped at the deadline, judged by the status', async () => {
    let dropped: () => void
    const gone = new Promise<void>((resolve) => (dropped = resolve))
    const { port } = await receiver((_request, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('.'), 10)
      response.on('close', () => {
        clearInterval(timer)
        dropped()
      })
    })
    expect(await client(port, { deadlineMs: 150 }).request(call(port))).toMatchObject({ kind: 'response', statusCode: 200 })
    await gone
  })

  it('never ends its body: at most 64 KB are read', async () => {
    const chunk = Buffer.alloc(16 * 1024, 'a')
    let written = 0
    let dropped: () => void
    const gone = new Promise<void>((resolve) => (dropped = resolve))
    const port = await rawReceiver((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 500 No\r\ncontent-type: text/plain\r\n\r\n')
        const pump = () => {
          while (!socket.destroyed && socket.write(chunk)) written += chunk.length
        }
        socket.on('drain', pump).on('close', () => dropped())
        pump()
      })
    })
    const result = await client(port).request(call(port))
    expect(result).toMatchObject({ kind: 'response', statusCode: 500 })
    if (result.kind === 'response') expect(result.bodyExcerpt).toHaveLength(512)
    await gone
    // 64 KB and what the sockets' buffers took.
    expect(written).toBeLessThan(8 * 1024 * 1024)
  })

  it('sends a gzip bomb: nothing is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024))
    const { port } = await receiver((_request, response) => void response.writeHead(400, { 'content-encoding': 'gzip' }).end(bomb))
    const result = await client(port).request(call(port))
    expect(result).toMatchObject({ kind: 'response', statusCode: 400 })
    if (result.kind === 'response') expect(result.bodyExcerpt.length).toBeLessThanOrEqual(512)
  })

  it('sends 64 KB of headers', async () => {
    const port = await rawReceiver((socket) => {
      socket.once('data', () =>
        socket.write(`HTTP/1.1 200 OK\r\n${Array.from({ length: 64 }, (_, i) => `x-${i}: ${'a'.repeat(1024)}\r\n`).join('')}\r\n`),
      )
    })
    expect(await client(port).request(call(port))).toMatchObject({ code: 'protocol', bytesMayHaveLeft: true })
  })

  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n'],
  ])('answers with %s', async (_name, text) => {
    const port = await rawReceiver((socket) => void socket.once('data', () => socket.write(text)))
    expect(await client(port, { deadlineMs: 2_000 }).request(call(port))).toMatchObject({ kind: 'error', code: 'protocol' })
  })

  it('holds every connection: what waits ends at its own deadline, and is never sent', async () => {
    let requests = 0
    const port = await rawReceiver((socket) => socket.on('data', () => requests++))
    const http = client(port, { maxConnectionsPerOrigin: 2, deadlineMs: 150 })
    const results = await Promise.all(Array.from({ length: 6 }, () => http.request(call(port))))
    expect(results.filter((result) => result.kind === 'error' && result.code === 'timeout')).toHaveLength(6)
    expect(results.filter((result) => result.kind === 'error' && !result.bytesMayHaveLeft)).toHaveLength(4)
    expect(requests).toBe(2)
  })
})
