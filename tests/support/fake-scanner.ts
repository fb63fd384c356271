// A stand-in for clamd that speaks INSTREAM to the letter: lengths in front of chunks, a length of zero at the end, one line back.
import { createServer, type AddressInfo, type Socket } from 'node:net'

export interface FakeScanner {
  /** tcp://127.0.0.1:PORT, the same after a stop and start. */
  url: string
  stop(): void
  start(): void
  close(): Promise<void>
}

const command = 'zINSTREAM\0'

/** What it takes for malware: of the EICAR test file, and too long to turn up in random bytes. */
const signature = 'EICAR-STANDARD'

/** Finds the signature anywhere in a stream. */
export async function startScanner(): Promise<FakeScanner> {
  const sockets = new Set<Socket>()
  let isAway = false

  function serve(socket: Socket): void {
    if (isAway) {
      socket.resetAndDestroy()
      return
    }
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

  const server = createServer(serve)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  // The port is kept meanwhile: nobody else may have it when this one comes back.
  function stop(): void {
    isAway = true
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop,
    start: () => void (isAway = false),
    async close() {
      stop()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
