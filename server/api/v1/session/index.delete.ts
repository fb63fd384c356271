import { signOut } from '#shared/contracts/operations/session.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { endedCookie } from '../../../utils/session-cookie.ts'

export default defineOperation(signOut, async ({ app, session, event }) => {
  await app.services.identity.sessions.end(session.id, session.access)
  return { status: 204, headers: { 'set-cookie': endedCookie(event.node.req) } }
})
