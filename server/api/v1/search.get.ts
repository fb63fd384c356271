import { searchOperation } from '#shared/contracts/operations/search.ts'
import { Fault } from '#shared/fault.ts'
import { mayCall } from '#services/identity/index.ts'
import { defineOperation } from '../../utils/define-operation.ts'
import { sightOf, sightOfPerson } from '../../utils/sight.ts'

export default defineOperation(searchOperation, async ({ app, workspaceId, principal, query }) => {
  if (query.kind === 'recipient' && !mayCall(principal, { scope: 'recipients', method: 'GET' }))
    throw new Fault('forbidden', 'Searching recipients needs the scope recipients.')
  const sight = query.kind === 'notification' || query.kind === 'recipient' ? sightOfPerson(principal) : sightOf(principal)
  return { status: 200, body: await app.services.search.documents(workspaceId, query, sight) }
})
