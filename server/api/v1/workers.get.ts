import { listWorkers } from '#shared/contracts/operations/queues.ts'
import { defineOperation } from '../../utils/define-operation.ts'

export default defineOperation(listWorkers, async ({ app, query }) => ({ status: 200, body: await app.services.queueDesk.workers(query) }))
