// What a signed URL of the disk store allows, inside the URL itself: exactly one key, one action, one type and size, until a moment.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

export type DiskGrant =
  | { action: 'put'; key: string; contentType: string; size: number; expiresAtMs: number }
  | { action: 'part'; key: string; uploadId: string; number: number; size: number; expiresAtMs: number }
  | { action: 'get'; key: string; contentType: string; disposition: string; expiresAtMs: number }

export interface DiskGrants {
  /** Safe in a path: base64url, a dot, base64url. */
  sign(grant: DiskGrant): string
  /** null for what was not signed here, was changed, or has expired. */
  read(token: string, nowMs: number): DiskGrant | null
}

/** `secret` is SIGNALBOX_SECRET; the key is derived from it for this use alone (HKDF-SHA256, RFC 5869). */
export function createDiskGrants(secret: string): DiskGrants {
  const key = Buffer.from(hkdfSync('sha256', secret, 'signalbox', 'object store v1', 32))
  const seal = (text: string): Buffer => createHmac('sha256', key).update(text).digest()
  return {
    sign(grant) {
      const text = Buffer.from(JSON.stringify(grant)).toString('base64url')
      return `${text}.${seal(text).toString('base64url')}`
    },
    read(token, nowMs) {
      const [text, given, ...rest] = token.split('.')
      if (!text || !given || rest.length > 0) return null
      const expected = seal(text)
      const offered = Buffer.from(given, 'base64url')
      if (offered.length !== expected.length || !timingSafeEqual(offered, expected)) return null
      const grant = JSON.parse(Buffer.from(text, 'base64url').toString()) as DiskGrant
      return grant.expiresAtMs > nowMs ? grant : null
    },
  }
}
