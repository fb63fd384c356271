import { createServer as createHttpsServer } from 'node:https'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../tests/support/eventually.ts'
import { testCertificate } from '../../tests/support/test-certificate.ts'
import { client, listen, ok, receiver } from '../../tests/support/http-receivers.ts'

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
