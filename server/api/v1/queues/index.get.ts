import { listQueues } from '#shared/contracts/operations/queues.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listQueues, async ({ app, query }) => ({ status: 200, body: await app.services.queueDesk.list(query) }))
