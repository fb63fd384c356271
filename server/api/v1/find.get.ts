import type { FoundKind } from '#shared/contracts/find.ts'
import { findOperation } from '#shared/contracts/operations/find.ts'
import type { Scope } from '#shared/contracts/scope.ts'
import { mayCall } from '#services/identity/index.ts'
import { defineOperation } from '../../utils/define-operation.ts'
import { sightOf, sightOfPerson } from '../../utils/sight.ts'

/** What lists these things asks for the same. */
const scopeOf: Partial<Record<FoundKind, Scope>> = {
  recipient: 'recipients',
  topic: 'recipients',
  workflow: 'workflows',
  endpoint: 'endpoints',
  queue: 'operate',
}

export default defineOperation(findOperation, async ({ app, workspaceId, principal, query }) => {
  const kinds = (Object.entries(scopeOf) as [FoundKind, Scope][])
    .filter(([, scope]) => mayCall(principal, { scope, method: 'GET' }))
    .map(([kind]) => kind)
  const sight = { messages: sightOfPerson(principal), letters: sightOf(principal) }
  return { status: 200, body: { items: await app.services.find.find(workspaceId, query.q, kinds, sight) } }
})
