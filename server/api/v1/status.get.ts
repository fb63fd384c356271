import { readStatus } from '#shared/contracts/operations/status.ts'
import { defineOperation } from '../../utils/define-operation.ts'

export default defineOperation(readStatus, async ({ app }) => ({ status: 200, body: await app.services.status.read() }))
