// Credentials at rest: AES-256-GCM, bound to the row that holds them, so that a sealed value copied to another row does not open.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const version = 1
const nonceBytes = 12
const tagBytes = 16
const headerBytes = 1 + nonceBytes + tagBytes

/** A sealed value that does not open: another key, another row, or changed bytes. Its message holds none of them. */
export class SealError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SealError'
  }
}

export interface Sealer {
  /** -> version (1 byte), nonce (12), tag (16), ciphertext. `rowId` is the id of the row that will hold it. */
  seal(plain: string, rowId: string): Buffer
  /** Throws SealError. */
  open(sealed: Uint8Array, rowId: string): string
}

/** `secret` is SIGNALBOX_SECRET; the key is derived from it for this use alone (HKDF-SHA256, RFC 5869). */
export function createSealer(secret: string): Sealer {
  if (secret.length < 32) throw new Error('SIGNALBOX_SECRET must have at least 32 characters')
  const key = Buffer.from(hkdfSync('sha256', secret, 'signalbox', 'sealing v1', 32))
  return {
    seal(plain, rowId) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      cipher.setAAD(Buffer.from(rowId))
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), text])
    },
    open(sealed, rowId) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      if (bytes.length < headerBytes) throw new SealError('a sealed value is too short')
      if (bytes[0] !== version) throw new SealError('a sealed value has a version that this release does not know')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + nonceBytes), { authTagLength: tagBytes })
      decipher.setAAD(Buffer.from(rowId))
      decipher.setAuthTag(bytes.subarray(1 + nonceBytes, headerBytes))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(headerBytes)), decipher.final()]).toString('utf8')
      } catch {
        throw new SealError('a sealed value does not open: it was sealed with another SIGNALBOX_SECRET, for another row, or was changed')
      }
    },
  }
}
