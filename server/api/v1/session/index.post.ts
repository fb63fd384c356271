import { signIn } from '#shared/contracts/operations/session.ts'
import { chosenMembership, sessionView } from '#services/identity/index.ts'
import { Fault } from '#shared/fault.ts'
import { clientAddress } from '../../../utils/client-address.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { isOtherOrigin } from '../../../utils/same-origin.ts'
import { readSessionCookie, sessionCookie } from '../../../utils/session-cookie.ts'

export default defineOperation(signIn, async ({ app, body, event }) => {
  const { req } = event.node
  // Else a foreign page could sign its visitor in as somebody else.
  if (isOtherOrigin(req)) throw new Fault('forbidden', 'Signing in works only from pages of this very origin.')
  const client = { address: clientAddress(req), before: readSessionCookie(req) }
  const { id, access } = await app.services.identity.sessions.signIn(body, client)
  return {
    status: 200,
    body: sessionView(access, chosenMembership(access, undefined)),
    headers: { 'set-cookie': sessionCookie(req, id) },
  }
})
