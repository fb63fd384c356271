import { getTopic } from '#shared/contracts/operations/topics.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(getTopic, async ({ app, workspaceId, params }) => ({
  status: 200,
  body: await app.services.topics.get(workspaceId, params.key),
}))
