import { getQueue } from '#shared/contracts/operations/queues.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(getQueue, async ({ app, params }) => ({ status: 200, body: await app.services.queueDesk.get(params.name) }))
