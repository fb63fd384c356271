import { changeOwnPassword } from '#shared/contracts/operations/session.ts'
import { clientAddress } from '../../../utils/client-address.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sessionCookie } from '../../../utils/session-cookie.ts'

export default defineOperation(changeOwnPassword, async ({ app, session, body, event }) => {
  const { req } = event.node
  const id = await app.services.identity.sessions.changePassword(session.access, body, clientAddress(req))
  return { status: 204, headers: { 'set-cookie': sessionCookie(req, id) } }
})
