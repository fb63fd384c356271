import { readLedgerOperation } from '#shared/contracts/operations/ledger.ts'
import { readLedger } from '#services/ledger/index.ts'
import { defineOperation } from '../../utils/define-operation.ts'

export default defineOperation(readLedgerOperation, async ({ app, workspaceId, query }) => {
  const dayOf = (moment: string | undefined): string | undefined =>
    moment === undefined ? undefined : new Date(moment).toISOString().slice(0, 10)
  return { status: 200, body: await readLedger(app.platform.pool, workspaceId, { from: dayOf(query.from), to: dayOf(query.to) }) }
})
