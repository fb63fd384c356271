// A clamd, by its INSTREAM command (clamd(8)): chunks with their length in front, a length of zero at the end, one line as the answer.
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

/** The scanner does not answer, or not with a verdict: try again later. */
export class ScannerUnavailable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ScannerUnavailable'
  }
}

export interface VirusScan {
  /** Resolves when the scanner can take more. */
  write(chunk: Uint8Array): Promise<void>
  /** The verdict: the name of what was found, or null. `tooLong`: it looked at nothing, and never will at so many bytes. */
  end(): Promise<{ found: string | null; tooLong?: true }>
  /** Afterwards, always. */
  close(): void
}

export interface VirusScanner {
  /** Throws ScannerUnavailable. */
  begin(): Promise<VirusScan>
}

/** Longest time without an answer, or without taking more. Its signatures reload for a while. */
const patienceMs = 30_000
const answerBytes = 4_096

/** `url`: tcp://host:port. */
export function createVirusScanner(url: string): VirusScanner {
  const { hostname, port } = new URL(url)
  return {
    async begin() {
      const socket = connect({ host: hostname, port: Number(port) })
      socket.setTimeout(patienceMs, () => socket.destroy(new Error(`no answer within ${patienceMs / 1_000} s`)))
      const scan = scanOver(socket)
      await scan.opened
      return scan
    },
  }
}

function scanOver(socket: Socket): VirusScan & { opened: Promise<void> } {
  let answer = ''
  const ended = new Promise<string>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      if (answer.length > answerBytes) socket.destroy(new Error('the answer is no verdict'))
      if (answer.includes('\0')) resolve(answer.slice(0, answer.indexOf('\0')))
    })
    socket.once('error', (error) =>
      answer ? resolve(answer) : reject(new ScannerUnavailable(`The virus scanner: ${error.message}`, error)),
    )
    socket.once('close', () => (answer ? resolve(answer) : reject(new ScannerUnavailable('The virus scanner closed the connection'))))
  })
  ended.catch(() => {})

  /** What the scanner says early (too large, for one) counts like a verdict. */
  async function send(bytes: Uint8Array): Promise<void> {
    if (!socket.writable || answer) return
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), ended]).catch(() => {})
  }

  return {
    opened: Promise.race([once(socket, 'connect'), ended]).then(() => send(Buffer.from('zINSTREAM\0'))),
    async write(chunk) {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(chunk.length)
      await send(length)
      await send(chunk)
    },
    async end() {
      await send(Buffer.alloc(4))
      const line = (await ended).trim()
      const found = /^stream: (.+) FOUND$/.exec(line)?.[1]
      if (found) return { found }
      if (/size limit exceeded/i.test(line)) return { found: null, tooLong: true }
      if (line === 'stream: OK') return { found: null }
      throw new ScannerUnavailable(`The virus scanner says: ${line.slice(0, 200)}`)
    },
    close: () => socket.destroy(),
  }
}
