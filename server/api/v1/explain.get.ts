import { explainOperation } from '#shared/contracts/operations/explain.ts'
import { defineOperation } from '../../utils/define-operation.ts'

export default defineOperation(explainOperation, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.explain.explain(workspaceId, query),
}))
