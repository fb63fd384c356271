// Pictures are decoded in a process of their own, one for each: what a hostile image does to its decoder ends with it, and the memory
// that a decoder keeps goes with it as well.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** The longest side of the picture, in pixels. */
export const thumbnailPixels = 320

const deadlineMs = 30_000
const maxBytes = 512 * 1024
const program = fileURLToPath(new URL('./thumbnail-process.ts', import.meta.url))

/** An image as a stream -> WebP of at most 320 pixels. Rejects with the source's own error, or when it is no image that can be decoded. */
export async function makeThumbnail(source: Readable): Promise<Buffer> {
  const child = spawn(process.execPath, ['--max-old-space-size=64', program, String(thumbnailPixels)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Nothing of ours: no credential is in reach of a decoder.
    env: {},
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
  const chunks: Buffer[] = []
  let size = 0
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBytes) child.kill('SIGKILL')
    else chunks.push(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-500)))
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code))
  })
  try {
    // A decoder that has seen enough hangs up: its exit says what became of it.
    const fed = await pipeline(source, child.stdin).then(
      () => null,
      (error: NodeJS.ErrnoException) => error,
    )
    if (fed && fed.code !== 'EPIPE' && fed.code !== 'ERR_STREAM_PREMATURE_CLOSE' && fed.code !== 'ECONNRESET') throw fed
    const code = await ended
    if (code !== 0 || size === 0) throw new Error(`The picture could not be decoded: ${said.trim() || `ended with ${code}`}`)
    return Buffer.concat(chunks)
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
  }
}
