// deploy/nginx/nginx.conf on Debian's nginx: what the API behind it gets to see.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedNginx } from '../../tools/launcher/embedded-nginx.ts'
import type { EmbeddedServer } from '../../tools/launcher/embedded-postgres.ts'

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
    const gone = await startApi(echo)
    const lost = apis.pop()!
    lost.close()
    await once(lost, 'close')
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
})
