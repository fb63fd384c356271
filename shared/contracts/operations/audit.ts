import { auditEntrySchema, auditListQuerySchema } from '../audit.ts'
import { pageSchema } from '../page.ts'
import { operation } from './operation.ts'

export const listAudit = operation({
  method: 'GET',
  path: '/api/v1/audit',
  operationId: 'listAudit',
  summary: 'List who did what, newest first',
  tags: ['Audit'],
  auth: { scope: 'admin' },
  query: auditListQuerySchema,
  responses: { 200: { description: 'One page of entries', schema: pageSchema(auditEntrySchema).meta({ id: 'AuditPage' }) } },
})

export const auditOperations = [listAudit]
