import { listProviders } from '#shared/contracts/operations/providers.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listProviders, async ({ app }) => ({ status: 200, body: await app.services.providers.list() }))
