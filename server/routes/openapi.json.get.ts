import { getOpenApi } from '#shared/contracts/operations/system.ts'
import { openApiDocument } from '../openapi/index.ts'
import { defineOperation } from '../utils/define-operation.ts'

export default defineOperation(getOpenApi, () => ({ status: 200, body: openApiDocument(), headers: { 'cache-control': 'no-cache' } }))
