import {
  causeListQuerySchema,
  causePageSchema,
  discardInputSchema,
  discardResultSchema,
  letterDetailSchema,
  letterListQuerySchema,
  letterPageSchema,
  letterParamsSchema,
} from '../dead-letter.ts'
import { operation } from './operation.ts'

const reading = { method: 'GET', tags: ['Dead letters'], auth: { scope: 'events:read' } } as const

export const listDeadLetters = operation({
  ...reading,
  path: '/api/v1/dead-letters',
  operationId: 'listDeadLetters',
  summary: 'List dead letters, newest first',
  description: 'All of them: give `state=open` for those that nobody has dealt with.',
  query: letterListQuerySchema,
  responses: { 200: { description: 'One page of letters', schema: letterPageSchema } },
})

export const listCauses = operation({
  ...reading,
  path: '/api/v1/dead-letters/causes',
  operationId: 'listCauses',
  summary: 'Group open dead letters by cause, the last one seen first',
  description: 'Letters with the same error class, normalised message and place: what one fix would mend.',
  query: causeListQuerySchema,
  responses: { 200: { description: 'One page of causes', schema: causePageSchema } },
})

export const getDeadLetter = operation({
  ...reading,
  path: '/api/v1/dead-letters/{id}',
  operationId: 'getDeadLetter',
  summary: 'Get a dead letter with what would be sent, its attempts and its lineage',
  params: letterParamsSchema,
  responses: { 200: { description: 'The letter', schema: letterDetailSchema } },
})

export const discardDeadLetters = operation({
  method: 'POST',
  path: '/api/v1/dead-letters/discard',
  operationId: 'discardDeadLetters',
  summary: 'Give dead letters up',
  description:
    'Closes the open letters that match when the call comes in, except those that a replay has claimed. Their deliveries stay dead. An empty filter means all.',
  tags: ['Dead letters'],
  auth: { scope: 'operate' },
  body: discardInputSchema,
  responses: { 200: { description: 'How many were closed', schema: discardResultSchema } },
})

export const deadLetterOperations = [listDeadLetters, listCauses, getDeadLetter, discardDeadLetters]
