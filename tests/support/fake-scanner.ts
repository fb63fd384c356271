// A stand-in for clamd that speaks INSTREAM to the letter: lengths in front of chunks, a length of zero at the end, one line back.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface FakeScanner {
  /** tcp://127.0.0.1:PORT, the same after a stop and start. */
  url: string
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

const command = 'zINSTREAM\0'

/** What it takes for malware: of the EICAR test file, and too long to turn up in random bytes. */
const signature = 'EICAR-STANDARD'

/** Finds the signature anywhere in a stream. */
export async function startScanner(): Promise<FakeScanner> {
  const sockets = new Set<Socket>()
  let port = 0
  let server: Server

  function serve(socket: Socket): void {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    let waiting = Buffer.alloc(0)
    let commanded = false
    let seen = ''
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk])
      if (!commanded) {
        if (waiting.length < command.length) return
        if (waiting.subarray(0, command.length).toString() !== command) return socket.end('UNKNOWN COMMAND\0')
        commanded = true
        waiting = waiting.subarray(command.length)
      }
      while (waiting.length >= 4) {
        const length = waiting.readUInt32BE(0)
        if (length === 0) return socket.end(seen.includes(signature) ? 'stream: Eicar-Test-Signature FOUND\0' : 'stream: OK\0')
        if (waiting.length < 4 + length) return
        // Enough of what went before that a word across two chunks is seen.
        seen = seen.includes(signature) ? signature : seen.slice(-signature.length) + waiting.subarray(4, 4 + length).toString('latin1')
        waiting = waiting.subarray(4 + length)
      }
    })
  }

  async function start(): Promise<void> {
    server = createServer(serve)
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  }

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }

  await start()
  return { url: `tcp://127.0.0.1:${port}`, start, stop, close: stop }
}
