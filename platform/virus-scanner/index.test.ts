// What a daemon may answer, and what becomes of it: only its own yes makes a file clean.
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createVirusScanner, ScannerUnavailable } from './index.ts'

/** A daemon that answers so to whatever it is given, and closes the connection. */
async function daemon(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    // The length of zero that ends a stream.
    socket.on('data', (chunk: Buffer) => {
      if (chunk.subarray(-4).equals(Buffer.alloc(4))) answer(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function verdictOf(answer: (socket: Socket) => void) {
  const scan = await createVirusScanner(await daemon(answer)).begin()
  try {
    await scan.write(Buffer.from('hello'))
    return await scan.end()
  } finally {
    scan.close()
  }
}

test.each([
  ['stream: OK', { found: null }],
  ['stream: Win.Test.EICAR_HDB-1 FOUND', { found: 'Win.Test.EICAR_HDB-1' }],
  ['INSTREAM size limit exceeded. ERROR', { found: null, tooLong: true }],
])('%s is a verdict', async (line, verdict) => {
  expect(await verdictOf((socket) => socket.end(`${line}\0`))).toEqual(verdict)
})

test.each([
  ['an error', 'stream: Can\u2019t allocate memory ERROR\0'],
  ['another language', 'HTTP/1.1 200 OK\r\n\r\n\0'],
  ['half an answer', 'stream: '],
  ['nothing', ''],
])('%s is none', async (_, answer) => {
  await expect(verdictOf((socket) => socket.end(answer))).rejects.toBeInstanceOf(ScannerUnavailable)
})

test('a connection that is reset is none', async () => {
  await expect(verdictOf((socket) => socket.resetAndDestroy())).rejects.toBeInstanceOf(ScannerUnavailable)
})

test('a daemon that is not there is none', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  await expect(createVirusScanner(`tcp://127.0.0.1:${port}`).begin()).rejects.toBeInstanceOf(ScannerUnavailable)
})
