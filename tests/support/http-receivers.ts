// Receivers and clients of these tests: real servers on the loopback, closed after each test.
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import { createHttpClient, type HttpClient, type HttpClientOptions } from '#platform/http-client/index.ts'

const closing: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** Gives the port. */
export async function listen<S extends TcpServer | Server>(server: S): Promise<number> {
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
export async function receiver(answer: RequestListener) {
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

export async function rawReceiver(onConnection: (socket: Socket) => void) {
  return listen(createTcpServer(onConnection))
}

export function client(port: number, options: Partial<HttpClientOptions> = {}): HttpClient {
  const made = createHttpClient({ config: { SIGNALBOX_ALLOW_PRIVATE_TARGETS: [], SIGNALBOX_ALLOW_LOOPBACK_PORTS: [port] }, ...options })
  closing.push(() => made.close())
  return made
}

export const ok: RequestListener = (_request, response) => void response.end('ok')
