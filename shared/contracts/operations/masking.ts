import { maskingInputSchema, maskingSchema } from '../masking.ts'
import { operation } from './operation.ts'

const tags = ['Workspaces'] as const
const path = '/api/v1/masking'

export const getMasking = operation({
  method: 'GET',
  path,
  operationId: 'getMasking',
  summary: 'Read which names are masked in payloads',
  tags,
  auth: { scope: 'events:read' },
  responses: { 200: { description: 'Names of this workspace, beside those of every workspace', schema: maskingSchema } },
})

export const putMasking = operation({
  method: 'PUT',
  path,
  operationId: 'putMasking',
  summary: 'Set which further names are masked in payloads',
  description:
    'Seen by callers who may only look: operators with the role viewer, and in dead letters also keys without the scope operate.',
  tags,
  auth: { scope: 'admin' },
  body: maskingInputSchema,
  responses: { 200: { description: 'As it is now', schema: maskingSchema } },
})

export const maskingOperations = [getMasking, putMasking]
