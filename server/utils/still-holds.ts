// A stream outlives the request that opened it: whether its credential still holds is asked again while it runs.
import type { IncomingMessage } from 'node:http'
import type { App } from './app.ts'
import { bearerToken } from './authorize.ts'
import { readSessionCookie } from './session-cookie.ts'
import type { EventStream } from '#platform/sse/index.ts'

/** Signed out, disabled, revoked, removed from the workspace: a stream ends this much later at most, and what caches add (5 s for keys). */
const everyMs = 2_000

/** False once the credential of this request opens its workspace no more. True while nobody can tell: Redis is away. */
async function stillHolds({ services: { identity } }: App, req: IncomingMessage, workspaceId: string): Promise<boolean> {
  const header = req.headers.authorization
  try {
    if (header !== undefined) {
      const token = bearerToken(header)
      return (identity.cached(token) ?? (await identity.authenticate(token)))?.workspaceId === workspaceId
    }
    const access = await identity.sessions.look(readSessionCookie(req) ?? '')
    return access?.memberships.some((membership) => membership.workspace_id === workspaceId) ?? false
  } catch {
    return true
  }
}

/** Ends the stream once its credential holds no more. */
export function endWithCredential(stream: EventStream, app: App, req: IncomingMessage, workspaceId: string): void {
  let asking = false
  const timer = setInterval(() => {
    if (asking) return
    asking = true
    void stillHolds(app, req, workspaceId).then((holds) => {
      asking = false
      if (!holds) stream.end()
    })
  }, everyMs)
  stream.signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}
