// A stream outlives the request that opened it: whether its credential still holds is asked again while it runs.
import type { IncomingMessage } from 'node:http'
import { mayCall } from '#services/identity/index.ts'
import type { Operation } from '#shared/contracts/operations/operation.ts'
import type { App } from './app.ts'
import { bearerToken } from './authorize.ts'
import { readSessionCookie } from './session-cookie.ts'
import type { EventStream } from '#platform/sse/index.ts'

type Wanted = Pick<Operation, 'auth' | 'method'>

/** Signed out, disabled, revoked, its scope taken away, removed from the workspace: a stream ends this much later at most, and what caches add (5 s for keys). */
const everyMs = 2_000

/** False once the credential of this request may not open the stream in its workspace any more. True while nobody can tell: Redis is away. */
async function stillHolds({ services: { identity } }: App, req: IncomingMessage, op: Wanted, workspaceId: string): Promise<boolean> {
  const header = req.headers.authorization
  try {
    if (header !== undefined) {
      const token = bearerToken(header)
      const principal = identity.cached(token) ?? (await identity.authenticate(token))
      return principal?.workspaceId === workspaceId && typeof op.auth === 'object' && mayCall(principal, { ...op.auth, method: op.method })
    }
    // Every role may read, and no stream asks for more.
    const access = await identity.sessions.look(readSessionCookie(req) ?? '')
    return access?.memberships.some((membership) => membership.workspace_id === workspaceId) ?? false
  } catch {
    return true
  }
}

/** Ends the stream once its credential holds no more. */
export function endWithCredential(stream: EventStream, app: App, req: IncomingMessage, op: Wanted, workspaceId: string): void {
  let asking = false
  const timer = setInterval(() => {
    if (asking) return
    asking = true
    void stillHolds(app, req, op, workspaceId).then((holds) => {
      asking = false
      if (!holds) stream.end()
    })
  }, everyMs)
  stream.signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}
