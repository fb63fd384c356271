import { createHash } from 'node:crypto'
import { Fault } from '#shared/fault.ts'

/** The header's value, or null without one. Throws Fault 'invalid' unless it is 1 to 255 visible characters. */
export function readIdempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw new Fault('invalid', 'The Idempotency-Key is not valid', {
      errors: [{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }],
    })
  }
  return header
}

/** What "the same request" means: the raw bytes and the media type. */
export function requestHash(mediaType: string, body: Uint8Array): Buffer {
  return createHash('sha256').update(mediaType).update('\n').update(body).digest()
}
