import { listLanes } from '#shared/contracts/operations/queues.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'
import { onlooker } from '../../../../../utils/onlooker.ts'

export default defineOperation(listLanes, async ({ app, workspaceId, principal, params, query }) => ({
  status: 200,
  body: await app.services.lanes.list(onlooker(workspaceId, principal), params.name, query),
}))
