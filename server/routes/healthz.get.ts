import { getHealth } from '#shared/contracts/operations/system.ts'
import { defineOperation } from '../utils/define-operation.ts'

export default defineOperation(getHealth, () => ({ status: 200, body: { status: 'ok' } }))
