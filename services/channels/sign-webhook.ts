// Standard Webhooks 1.0 (https://www.standardwebhooks.com): v1 is HMAC-SHA256 of `id.timestamp.body`, in base64.
// Written out because this is the hot path: the package decodes the secret and builds a Date for every call. A test shows that both agree.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

const maxCachedKeys = 10_000
const keys = new Map<string, KeyObject>()

function keyOf(secret: string): KeyObject {
  let key = keys.get(secret)
  if (key === undefined) {
    key = createSecretKey(Buffer.from(secret.startsWith('whsec_') ? secret.slice(6) : secret, 'base64'))
    if (keys.size >= maxCachedKeys) keys.clear()
    keys.set(secret, key)
  }
  return key
}

/** The value of `webhook-signature`: one signature per secret, so that a receiver may hold either during a rotation. */
export function signWebhook(input: { id: string; timestampSeconds: number; body: string; secrets: readonly string[] }): string {
  const content = `${input.id}.${input.timestampSeconds}.${input.body}`
  let signatures = ''
  for (const secret of input.secrets) {
    const signature = createHmac('sha256', keyOf(secret)).update(content).digest('base64')
    signatures += signatures === '' ? `v1,${signature}` : ` v1,${signature}`
  }
  return signatures
}
