import { explainOperation } from '#shared/contracts/operations/explain.ts'
import { defineOperation } from '../../utils/define-operation.ts'
import { sightOfPerson } from '../../utils/sight.ts'

export default defineOperation(explainOperation, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.explain.explain(workspaceId, query, sightOfPerson(principal)),
}))
