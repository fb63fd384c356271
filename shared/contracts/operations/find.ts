import { findQuerySchema, foundListSchema } from '../find.ts'
import { operation } from './operation.ts'

export const findOperation = operation({
  method: 'GET',
  path: '/api/v1/find',
  operationId: 'find',
  summary: 'Find anything by its id or name',
  description:
    'Ids of every kind, with or without their prefix, and names by how they begin. A key finds what its scopes may read: recipients and topics with `recipients`, workflows with `workflows`, endpoints with `endpoints`, queues with `operate`.',
  tags: ['System'],
  auth: { scope: 'events:read' },
  query: findQuerySchema,
  responses: { 200: { description: 'What was found', schema: foundListSchema } },
})

export const findOperations = [findOperation]
