// Tokens for end users: HS256 with a key of their own, derived from SIGNALBOX_SECRET, so that a leaked or guessed token key
// opens nothing else. The algorithm and the key are ours; what a token's header says about keys (jku, jwk, x5u) is never read.
import { hkdfSync } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { inboxTokenDefaultSeconds, inboxTokenMaxSeconds, type InboxToken } from '#shared/contracts/inbox.ts'
import { Fault } from '#shared/fault.ts'

const algorithm = 'HS256'
const issuer = 'signalbox'
const audience = 'signalbox/inbox'
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Who a valid token stands for. */
export interface InboxIdentity {
  workspaceId: string
  recipientId: string
  expiresAt: Date
}

export interface InboxTokens {
  issue(workspaceId: string, recipientId: string, ttlSeconds?: number): Promise<InboxToken>
  /** Throws Fault('unauthenticated'), which says nothing about what was wrong. */
  verify(token: string): Promise<InboxIdentity>
}

export function createInboxTokens(secret: string): InboxTokens {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'signalbox inbox token v1', 32))
  return {
    async issue(workspaceId, recipientId, ttlSeconds = inboxTokenDefaultSeconds) {
      const issuedAt = Math.floor(Date.now() / 1000)
      const expiresAt = issuedAt + Math.min(Math.max(1, ttlSeconds), inboxTokenMaxSeconds)
      const token = await new SignJWT({ workspace: workspaceId })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(recipientId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(key)
      return { token, expiresAt: new Date(expiresAt * 1000).toISOString() }
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [algorithm],
          issuer,
          audience,
          requiredClaims: ['exp', 'iat', 'sub', 'aud', 'iss'],
        })
        const { sub, iat, exp, aud, workspace } = payload
        // One audience and one recipient: a list would also satisfy the check above.
        if (typeof aud !== 'string' || typeof sub !== 'string' || sub === '') throw new Error('claims')
        if (typeof workspace !== 'string' || !uuid.test(workspace)) throw new Error('workspace')
        // Also for a token signed elsewhere with our key: nobody gets one that outlives a day.
        if (exp === undefined || iat === undefined || exp - iat > inboxTokenMaxSeconds) throw new Error('life')
        return { workspaceId: workspace, recipientId: sub, expiresAt: new Date(exp * 1000) }
      } catch (cause) {
        throw new Fault('unauthenticated', 'The inbox token is not valid, or has expired. Ask your backend for a new one.', { cause })
      }
    },
  }
}
