import { getSession } from '#shared/contracts/operations/session.ts'
import { sessionView } from '#services/identity/index.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(getSession, ({ session }) => ({
  status: 200,
  body: sessionView(session.access, session.membership),
}))
