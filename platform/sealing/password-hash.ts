// Passwords at rest: Argon2id (RFC 9106) as a PHC string, so that parameters can grow without breaking what is stored.
import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto'

// OWASP's first choice for Argon2id; some 40 ms and 19 MiB here.
const current = { memoryKiB: 19_456, passes: 2, parallelism: 1 }
const tagBytes = 32

/** A PHC string: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const tag = await derive(password, {
    nonce: salt,
    memory: current.memoryKiB,
    passes: current.passes,
    parallelism: current.parallelism,
    tagLength: tagBytes,
  })
  return `$argon2id$v=19$m=${current.memoryKiB},t=${current.passes},p=${current.parallelism}$${encode(salt)}$${encode(tag)}`
}

const phc = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/

/** True when the password is the one that was hashed; false for anything else, a broken hash included. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt, tag] = phc.exec(stored) ?? []
  if (!salt || !tag) return false
  const expected = Buffer.from(tag, 'base64')
  const actual = await derive(password, {
    nonce: Buffer.from(salt, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
  })
  return timingSafeEqual(actual, expected)
}

function derive(password: string, parameters: Omit<Argon2Parameters, 'message'>): Promise<Buffer> {
  // One text can have several encodings; NFKC as RFC 8265 asks, so that a password typed on another system is the same.
  const message = Buffer.from(password.normalize('NFKC'), 'utf8')
  return new Promise((resolve, reject) => {
    argon2('argon2id', { ...parameters, message }, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

/** Base64 without padding, as the PHC format wants it. */
function encode(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
