import { ledgerQuerySchema, ledgerSchema } from '../ledger.ts'
import { operation } from './operation.ts'

export const readLedgerOperation = operation({
  method: 'GET',
  path: '/api/v1/ledger',
  operationId: 'readLedger',
  summary: 'Where every event and every delivery is',
  description:
    'Each is in exactly one state, and the parts sum up to the total; what is in none is `unaccounted`, and must be 0. `pending` of deliveries: pending, sending and retrying. ' +
    '`from` and `to` are days (UTC) of acceptance, both included; a time stands for its day.',
  tags: ['Ledger'],
  auth: { scope: 'events:read' },
  query: ledgerQuerySchema,
  responses: { 200: { description: 'One snapshot', schema: ledgerSchema.meta({ id: 'Ledger' }) } },
})

export const ledgerOperations = [readLedgerOperation]
