// deploy/nginx/nginx.conf on Debian's nginx: what the API behind it gets to see.
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedNginx } from '../../tools/launcher/embedded-nginx.ts'
import type { EmbeddedServer } from '../../tools/launcher/embedded-postgres.ts'
import { Fault, problemOf, type FaultCode } from '#shared/fault.ts'
import { eventually } from '../support/eventually.ts'

let dataFolder: string
const apis: Server[] = []

async function startApi(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  apis.push(server)
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Says what it was told. */
const echo = (request: IncomingMessage, response: ServerResponse) => response.end(JSON.stringify(request.headers))

async function seenBy(nginx: EmbeddedServer, headers: Record<string, string>): Promise<Record<string, string>> {
  return (await (await fetch(`${nginx.url}/anything`, { headers })).json()) as Record<string, string>
}

/** A port where nobody listens. */
async function goneApi(): Promise<string> {
  const address = await startApi(echo)
  const lost = apis.pop()!
  lost.close()
  await once(lost, 'close')
  return address
}

interface Said {
  status: number
  headers: IncomingMessage['headers']
  text: string
}

/** One request as it is, read to its end: what nginx refuses it answers before all of it has come. */
function say(nginx: EmbeddedServer, method: string, path: string, headers: Record<string, string>, chunks: Buffer[] = []): Promise<Said> {
  return new Promise((resolve, reject) => {
    let answered = false
    const request = httpRequest(nginx.url, { method, path, headers, agent: false }, (response) => {
      answered = true
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        resolve({ status: response.statusCode!, headers: response.headers, text })
        request.destroy()
      })
      response.on('error', reject)
    })
    // The connection may end while the rest of the body is still being sent.
    request.on('error', (error) => {
      if (!answered) reject(error)
    })
    for (const chunk of chunks) request.write(chunk)
    if (headers['content-length'] === undefined) request.end()
    else request.flushHeaders()
  })
}

function expectProblem(said: Said, status: number, code: FaultCode, instance: string): void {
  expect(said.status).toBe(status)
  expect(said.headers['content-type']).toBe('application/problem+json')
  const requestId = String(said.headers['x-request-id'])
  expect(requestId).toMatch(/^[0-9a-f]{32}$/)
  const body = JSON.parse(said.text)
  expect(body).toEqual({ ...problemOf(new Fault(code, body.detail), instance, requestId), status })
  if ([502, 503, 504].includes(status)) expect(Number(said.headers['retry-after'])).toBeGreaterThan(0)
  else expect(said.headers['retry-after']).toBeUndefined()
}

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'signalbox-nginx-'))
})
afterAll(async () => {
  for (const api of apis) {
    api.closeAllConnections()
    api.close()
  }
  await rm(dataFolder, { recursive: true, force: true })
})

describe('nginx', () => {
  it('passes on what a proxy before it says of the scheme, and nothing else in its place', async () => {
    const nginx = await startEmbeddedNginx({ dataFolder, upstream: [await startApi(echo)] })
    try {
      const scheme = async (said?: string) =>
        (await seenBy(nginx, said === undefined ? {} : { 'x-forwarded-proto': said }))['x-forwarded-proto']
      // TLS ended before nginx: without this the console would make cookies for http, and links to it.
      expect(await scheme('https')).toBe('https')
      expect(await scheme('https, http')).toBe('https')
      expect(await scheme('HTTPS')).toBe('https')
      expect(await scheme('http')).toBe('http')
      expect(await scheme()).toBe('http')
      for (const nonsense of ['', 'httpsx', 'ftp', 'http, https', '1:https']) expect(await scheme(nonsense), nonsense).toBe('http')
    } finally {
      await nginx.stop()
    }
  })

  it('does not believe anybody else', async () => {
    const nginx = await startEmbeddedNginx({ dataFolder, upstream: [await startApi(echo)], trustedProxies: ['203.0.113.7/32'] })
    try {
      const seen = await seenBy(nginx, { 'x-forwarded-proto': 'https', 'x-forwarded-for': '198.51.100.1' })
      expect(seen).toMatchObject({ 'x-forwarded-proto': 'http', 'x-forwarded-for': '127.0.0.1' })
    } finally {
      await nginx.stop()
    }
  })

  it('passes events of a stream on as they come, and asks the next API when one is gone', async () => {
    const gone = await goneApi()
    const streaming = await startApi((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      // The stream stays open: only an unbuffered proxy shows its first event.
      response.write('event: snapshot\ndata: {}\n\n')
    })
    const nginx = await startEmbeddedNginx({ dataFolder, upstream: [gone, streaming] })
    try {
      for (let tries = 0; tries < 3; tries++) {
        const response = await fetch(`${nginx.url}/api/v1/live`)
        expect(response.status).toBe(200)
        const reader = response.body!.getReader()
        expect(new TextDecoder().decode((await reader.read()).value)).toContain('event: snapshot')
        await reader.cancel()
      }
    } finally {
      await nginx.stop()
    }
  })

  it('refuses what is too large in the API’s own words', async () => {
    const nginx = await startEmbeddedNginx({ dataFolder, upstream: [await startApi(echo)] })
    try {
      const large = { 'content-length': String(9 * 1024 * 1024) }
      expectProblem(await say(nginx, 'POST', '/api/v1/events', large), 413, 'payload-too-large', '/api/v1/events')
      const chunks = Array.from({ length: 9 }, () => Buffer.alloc(1024 * 1024))
      expectProblem(await say(nginx, 'POST', '/api/v1/events/batch?a="b', {}, chunks), 413, 'payload-too-large', '/api/v1/events/batch')
      expectProblem(await say(nginx, 'GET', '/api/v1/events', { 'x-long': 'a'.repeat(40_000) }), 431, 'bad-request', '/api/v1/events')
      expectProblem(await say(nginx, 'GET', `/api/v1/${'a'.repeat(40_000)}`, {}), 414, 'bad-request', '/')
      expectProblem(await say(nginx, 'TRACE', '/api/v1/events', {}), 405, 'method-not-allowed', '/api/v1/events')
      expectProblem(await say(nginx, 'GET', '/api/v1/events', { host: 'a b' }), 400, 'bad-request', '/api/v1/events')
      // Nobody reads those pages by asking for them.
      expect((await say(nginx, 'GET', '/.problem/502', {})).status).toBe(404)
    } finally {
      await nginx.stop()
    }
  })

  it('says that no API process is there, when to ask again, and shows people a page', async () => {
    const nginx = await startEmbeddedNginx({ dataFolder, upstream: [await goneApi(), await goneApi()] })
    try {
      for (const path of ['/api/v1/events', '/api/v1/live', '/files/kept/a', '/readyz'])
        expectProblem(await say(nginx, 'GET', path, {}), 502, 'dependency-unavailable', path)
      expectProblem(await say(nginx, 'POST', '/api/v1/events', {}, [Buffer.from('{}')]), 502, 'dependency-unavailable', '/api/v1/events')
      const page = await say(nginx, 'GET', '/queues', {})
      expect(page).toMatchObject({ status: 502, headers: { 'content-type': 'text/html' } })
    } finally {
      await nginx.stop()
    }
  })

  it('says that an API process took too long, and passes on what one says itself', async () => {
    const silent = await startApi((request, response) => {
      if (request.url === '/api/v1/slow') return
      response.writeHead(413, { 'content-type': 'application/problem+json', 'x-request-id': 'its own' }).end('{"its":"own"}')
    })
    const nginx = await startEmbeddedNginx({ dataFolder, upstream: [silent] })
    try {
      const own = await say(nginx, 'POST', '/api/v1/events', {}, [Buffer.from('{}')])
      expect(own).toMatchObject({ status: 413, headers: { 'x-request-id': 'its own' }, text: '{"its":"own"}' })
      // Nobody waits a minute here.
      const file = join(dataFolder, 'nginx', 'nginx.conf')
      await writeFile(file, (await readFile(file, 'utf8')).replace('proxy_read_timeout 60s;', 'proxy_read_timeout 1s;'))
      process.kill(nginx.pid, 'SIGHUP')
      // What was running before answers by the old time limit: those are not waited for.
      const ask = () => fetch(`${nginx.url}/api/v1/slow`, { signal: AbortSignal.timeout(5_000), headers: { connection: 'close' } })
      await eventually(async () => (await ask().catch(() => undefined))?.status === 504, { timeoutMs: 60_000 })
      expectProblem(await say(nginx, 'GET', '/api/v1/slow', {}), 504, 'dependency-unavailable', '/api/v1/slow')
    } finally {
      await nginx.stop()
    }
  })
})
