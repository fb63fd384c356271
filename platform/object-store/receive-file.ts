import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { ObjectStoreError } from './object-store.ts'

/** Longest silence of a client before its upload is given up. */
const silenceMs = 30_000

/**
 * Writes exactly `size` bytes into a new file, no faster than the disk takes them, and forces them to it. Stops at the first byte too
 * many. Resolves with their MD5 as the etag, as every S3 has it; rejects with 'refused' on another size or a client that went away or silent.
 */
export async function receiveFile(bytes: Readable, path: string, size: number): Promise<{ etag: string }> {
  const file = await open(path, 'wx')
  // No proof of anything: it tells a client that goes on with an upload whether it has the same bytes.
  const hash = createHash('md5')
  let taken = 0
  let silence: NodeJS.Timeout | undefined
  const listen = (): void => {
    clearTimeout(silence)
    silence = setTimeout(() => bytes.destroy(new ObjectStoreError('refused', 'The upload fell silent')), silenceMs)
  }
  try {
    listen()
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      listen()
      taken += chunk.length
      if (taken > size) throw new ObjectStoreError('refused', `More than the ${size} bytes that were declared`)
      hash.update(chunk)
      await file.writeFile(chunk)
    }
    if (taken < size) throw new ObjectStoreError('refused', `Only ${taken} of the ${size} bytes that were declared`)
    await file.sync()
    return { etag: hash.digest('hex') }
  } catch (error) {
    if (error instanceof ObjectStoreError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR')
      throw new ObjectStoreError('refused', 'The client went away before the upload was complete', error)
    throw error
  } finally {
    clearTimeout(silence)
    await file.close()
  }
}
