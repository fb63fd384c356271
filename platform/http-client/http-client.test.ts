import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../../tests/support/eventually.ts'
import { testCertificate } from '../../tests/support/test-certificate.ts'
import { createHttpClient, type HttpClient, type HttpClientOptions } from './index.ts'

const closing: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function listen<S extends TcpServer | Server>(server: S): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

/** A real receiver that remembers what came. */
async function receiver(answer: RequestListener) {
  const seen: { request: IncomingMessage; body: string }[] = []
  let connections = 0
  const server = createHttpServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      seen.push({ request, body })
      answer(request, response)
    })
  })
  server.on('connection', () => connections++)
  const port = await listen(server)
  return { port, seen, connections: () => connections }
}

async function rawReceiver(onConnection: (socket: Socket) => void) {
  return listen(createTcpServer(onConnection))
}

function client(port: number, options: Partial<HttpClientOptions> = {}): HttpClient {
  const made = createHttpClient({ config: { SIGNALBOX_ALLOW_PRIVATE_TARGETS: [], SIGNALBOX_ALLOW_LOOPBACK_PORTS: [port] }, ...options })
  closing.push(() => made.close())
  return made
}

const ok: RequestListener = (_request, response) => void response.end('ok')

describe('a good exchange', () => {
  it('sends method, path, Host, headers and body as given', async () => {
    const { port, seen } = await receiver(ok)
    const result = await client(port).request({ url: `http://127.0.0.1:${port}/a/b?c=d#e`, headers: ['x-one', '1'], body: '{"a":"ü"}' })
    expect(result).toMatchObject({ kind: 'response', statusCode: 200, retryAfterSeconds: null, bodyExcerpt: '' })
    expect(seen[0]?.request).toMatchObject({ method: 'POST', url: '/a/b?c=d' })
    expect(seen[0]?.request.headers).toMatchObject({
      host: `127.0.0.1:${port}`,
      'x-one': '1',
      'accept-encoding': 'identity',
      'content-length': '10',
    })
    expect(seen[0]?.body).toBe('{"a":"ü"}')
  })

  it('keeps connections, and never more than its bound', async () => {
    const { port, connections } = await receiver(ok)
    const http = client(port, { maxConnectionsPerOrigin: 4 })
    for (let i = 0; i < 20; i++) await http.request({ url: `http://127.0.0.1:${port}/`, headers: [], body: 'x' })
    // A connection is free again one turn of the loop after its answer: two serve an unbroken row of calls.
    expect(connections()).toBeLessThanOrEqual(2)
    await Promise.all(Array.from({ length: 100 }, () => http.request({ url: `http://127.0.0.1:${port}/`, headers: [], body: 'x' })))
    expect(connections()).toBeLessThanOrEqual(4)
  })

  it('keeps the Host of a name whose checked address it dials', async () => {
    const { port, seen } = await receiver(ok)
    const result = await client(port, { resolve: async () => ['127.0.0.1'] }).request({
      url: `http://hook.test:${port}/`,
      headers: [],
      body: 'x',
    })
    expect(result).toMatchObject({ statusCode: 200 })
    expect(seen[0]?.request.headers.host).toBe(`hook.test:${port}`)
  })

  it('gives Retry-After and an excerpt of a bad answer', async () => {
    const { port } = await receiver(
      (_request, response) => void response.writeHead(503, { 'retry-after': '7' }).end('come\u0000 back\nlater'),
    )
    const result = await client(port).request({ url: `http://127.0.0.1:${port}/`, headers: [], body: 'x' })
    expect(result).toMatchObject({ kind: 'response', statusCode: 503, retryAfterSeconds: 7, bodyExcerpt: 'come back later' })
  })

  it('lets calls in flight end when it is closed, and refuses later ones', async () => {
    const { port } = await receiver((_request, response) => void setTimeout(() => response.end('ok'), 50))
    const http = client(port)
    const running = http.request({ url: `http://127.0.0.1:${port}/`, headers: [], body: 'x' })
    await http.close()
    expect(await running).toMatchObject({ statusCode: 200 })
    expect(await http.request({ url: `http://127.0.0.1:${port}/`, headers: [], body: 'x' })).toMatchObject({
      kind: 'error',
      bytesMayHaveLeft: false,
    })
  })
})

describe('targets that are refused', () => {
  const refused = { kind: 'error', code: 'refused-target', bytesMayHaveLeft: false }

  it('a literal address that is not public, before anything is dialled', async () => {
    const { port, connections } = await receiver(ok)
    const http = client(port + 1)
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0']) {
      expect(await http.request({ url: `http://${host}:${port}/`, headers: [], body: 'x' })).toMatchObject(refused)
    }
    expect(connections()).toBe(0)
  })

  it.each([
    [['127.0.0.1']],
    [['93.184.216.34', '10.0.0.1']],
    [['93.184.216.34', '::ffff:127.0.0.1']],
    [['169.254.169.254']],
    [['64:ff9b::a00:1']],
    [['fe80::1%eth0']],
    [['junk']],
  ])('a name that leads to %j', async (answers) => {
    const result = await client(1, { resolve: async () => answers }).request({ url: 'http://hook.test:8080/', headers: [], body: 'x' })
    expect(result).toMatchObject(refused)
    // Whoever named the target does not learn what lies inside.
    if (result.kind === 'error') for (const address of answers) expect(result.message).not.toContain(address)
  })

  it('a name that leads inside between the check and the dial', async () => {
    const { port, connections } = await receiver(ok)
    const answers = [['127.0.0.1'], ['10.0.0.1']]
    const result = await client(port, { resolve: async () => answers.shift() ?? [], resolvedForMs: 0 }).request({
      url: `http://hook.test:${port}/`,
      headers: [],
      body: 'x',
    })
    expect(result).toMatchObject(refused)
    expect(connections()).toBe(0)
  })

  it('a name that leads inside later, although a connection is still open', async () => {
    const { port, seen } = await receiver(ok)
    let answer = ['127.0.0.1']
    const http = client(port, { resolve: async () => answer, resolvedForMs: 0 })
    const call = { url: `http://hook.test:${port}/`, headers: [], body: 'x' }
    expect(await http.request(call)).toMatchObject({ statusCode: 200 })
    answer = ['10.0.0.1']
    expect(await http.request(call)).toMatchObject(refused)
    expect(seen).toHaveLength(1)
  })

  it('a redirect is an answer, not a way', async () => {
    const { port, seen } = await receiver(
      (request, response) => void response.writeHead(302, { location: request.url === '/a' ? '/b' : '/a' }).end(),
    )
    expect(await client(port).request({ url: `http://127.0.0.1:${port}/a`, headers: [], body: 'x' })).toMatchObject({
      kind: 'response',
      statusCode: 302,
    })
    expect(seen).toHaveLength(1)
  })
})

describe('resolution', () => {
  it('asks once for calls at the same time, and again when the answer has aged', async () => {
    const { port } = await receiver(ok)
    let asked = 0
    const http = client(port, {
      resolve: async () => {
        asked++
        return ['127.0.0.1']
      },
      resolvedForMs: 60_000,
    })
    const call = { url: `http://hook.test:${port}/`, headers: [], body: 'x' }
    await Promise.all([http.request(call), http.request(call), http.request(call)])
    await http.request(call)
    expect(asked).toBe(1)
  })

  it('does not remember a failure', async () => {
    const { port } = await receiver(ok)
    let fails = true
    const http = client(port, {
      resolve: async () => {
        if (fails) throw Object.assign(new Error('no'), { code: 'ENOTFOUND' })
        return ['127.0.0.1']
      },
    })
    const call = { url: `http://hook.test:${port}/`, headers: [], body: 'x' }
    expect(await http.request(call)).toMatchObject({ kind: 'error', code: 'dns', bytesMayHaveLeft: false })
    fails = false
    expect(await http.request(call)).toMatchObject({ statusCode: 200 })
  })

  it('that fails or hangs does not stop a name that was good a moment ago, until it leads inside', async () => {
    const { port } = await receiver(ok)
    let resolve: () => Promise<string[]> = async () => ['127.0.0.1']
    const http = client(port, { resolve: () => resolve(), resolvedForMs: 0 })
    const call = { url: `http://hook.test:${port}/`, headers: [], body: 'x' }
    expect(await http.request(call)).toMatchObject({ statusCode: 200 })
    resolve = () => Promise.reject(new Error('SERVFAIL'))
    expect(await http.request(call)).toMatchObject({ statusCode: 200 })
    let answer: (addresses: string[]) => void = () => {}
    resolve = () => new Promise((resolved) => (answer = resolved))
    expect(await http.request(call)).toMatchObject({ statusCode: 200 })
    answer(['10.0.0.1'])
    resolve = () => Promise.reject(new Error('SERVFAIL'))
    await expect.poll(() => http.request(call)).toMatchObject({ code: 'dns' })
  })

  it('counts towards the deadline', async () => {
    const http = client(1, { resolve: () => new Promise(() => {}), deadlineMs: 80 })
    expect(await http.request({ url: 'http://hook.test/', headers: [], body: 'x' })).toMatchObject({
      code: 'timeout',
      bytesMayHaveLeft: false,
    })
  })

  it('tries the next checked address when one does not answer', async () => {
    const { port, seen } = await receiver(ok)
    // Nobody listens on 127.0.0.2 at this port.
    const http = client(port, { resolve: async () => ['127.0.0.2', '127.0.0.1'] })
    expect(await http.request({ url: `http://hook.test:${port}/`, headers: [], body: 'x' })).toMatchObject({ statusCode: 200 })
    expect(seen).toHaveLength(1)
  })
})

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

describe('a connection', () => {
  it('tells the call that opened it what that took, and those that find it open nothing', async () => {
    const { port } = await receiver(ok)
    const { request } = client(port)
    const call = () => request({ url: `http://127.0.0.1:${port}/`, headers: [], body: 'x' })
    expect(await call()).toMatchObject({ dial: { connectMs: expect.any(Number), tlsMs: null } })
    // One that comes right behind another may find its connection still busy, and open one more.
    await eventually(async () => expect(await call()).not.toHaveProperty('dial'))
  })
})

it('tells what its receiver took until the first byte, apart from the body', async () => {
  const { port } = await receiver((_, response) => {
    setTimeout(() => {
      response.writeHead(200)
      response.write('begins')
      // Long after: both stand in one process, that may be held up in between.
      setTimeout(() => response.end(), 1_000)
    }, 150)
  })
  const startedAt = performance.now()
  const result = await client(port).request({ url: `http://127.0.0.1:${port}/`, headers: [], body: 'x' })
  const tookMs = performance.now() - startedAt
  if (result.kind !== 'response') throw new Error(result.message)
  expect(result.firstByteMs).toBeGreaterThanOrEqual(140)
  expect(result.firstByteMs).toBeLessThanOrEqual(tookMs - 140)
})

describe('https', () => {
  async function secureReceiver() {
    const names: (string | false | null | undefined)[] = []
    const server = createHttpsServer(testCertificate, ok)
    server.on('secureConnection', (socket) => names.push(socket.servername))
    return { port: await listen(server), names }
  }

  it('keeps the name for SNI and the certificate', async () => {
    const { port, names } = await secureReceiver()
    const result = await client(port, { ca: testCertificate.cert, resolve: async () => ['127.0.0.1'] }).request({
      url: `https://hook.test:${port}/`,
      headers: [],
      body: 'x',
    })
    expect(result).toMatchObject({ statusCode: 200, dial: { connectMs: expect.any(Number), tlsMs: expect.any(Number) } })
    expect(names).toEqual(['hook.test'])
  })

  it('refuses a certificate that is not trusted, or for another name', async () => {
    const { port } = await secureReceiver()
    const resolve = async () => ['127.0.0.1']
    expect(await client(port, { resolve }).request({ url: `https://hook.test:${port}/`, headers: [], body: 'x' })).toMatchObject({
      code: 'tls',
      bytesMayHaveLeft: false,
    })
    expect(
      await client(port, { resolve, ca: testCertificate.cert }).request({ url: `https://other.test:${port}/`, headers: [], body: 'x' }),
    ).toMatchObject({
      code: 'tls',
      bytesMayHaveLeft: false,
    })
  })

  it('sends nothing in clear to a port that speaks no TLS', async () => {
    const { port, seen } = await receiver(ok)
    expect(
      await client(port, { resolve: async () => ['127.0.0.1'] }).request({ url: `https://hook.test:${port}/`, headers: [], body: 'x' }),
    ).toMatchObject({ kind: 'error', bytesMayHaveLeft: false })
    expect(seen).toHaveLength(0)
  })
})
