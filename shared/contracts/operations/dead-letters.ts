import { z } from 'zod'
import {
  causeDetailSchema,
  causeListQuerySchema,
  causePageSchema,
  causeParamsSchema,
  discardInputSchema,
  discardPageSchema,
  discardParamsSchema,
  discardResultSchema,
  letterCountsSchema,
  letterDetailSchema,
  letterExportQuerySchema,
  letterListQuerySchema,
  letterPageSchema,
  letterParamsSchema,
  undoneSchema,
} from '../dead-letter.ts'
import { pageQuerySchema } from '../page.ts'
import { reasonInputSchema } from '../reason.ts'
import { operation } from './operation.ts'

const reading = { method: 'GET', tags: ['Dead letters'], auth: { scope: 'events:read' } } as const
const acting = { method: 'POST', tags: ['Dead letters'], auth: { scope: 'operate' } } as const
const masking = 'Callers who may only look get secrets and personal values masked.'

export const listDeadLetters = operation({
  ...reading,
  path: '/api/v1/dead-letters',
  operationId: 'listDeadLetters',
  summary: 'List dead letters, newest first',
  description: `All of them: give \`state=open\` for those that nobody has dealt with. ${masking}`,
  query: letterListQuerySchema,
  responses: { 200: { description: 'One page of letters', schema: letterPageSchema } },
})

export const listCauses = operation({
  ...reading,
  path: '/api/v1/dead-letters/causes',
  operationId: 'listCauses',
  summary: 'Group dead letters by cause, the last one seen first',
  description: 'Letters with the same error class, normalised message and place: what one fix would mend. With their trend over 24 hours.',
  query: causeListQuerySchema,
  responses: { 200: { description: 'One page of causes', schema: causePageSchema } },
})

export const getCause = operation({
  ...reading,
  path: '/api/v1/dead-letters/causes/{id}',
  operationId: 'getCause',
  summary: 'Explain a cause: what happened, to whom, whether a replay makes duplicates, and whether it can work now',
  description: masking,
  params: causeParamsSchema,
  responses: { 200: { description: 'The cause', schema: causeDetailSchema } },
})

export const countDeadLetters = operation({
  ...reading,
  path: '/api/v1/dead-letters/counts',
  operationId: 'countDeadLetters',
  summary: 'Count dead letters by state',
  responses: { 200: { description: 'How many there are', schema: letterCountsSchema } },
})

export const exportDeadLetters = operation({
  ...reading,
  path: '/api/v1/dead-letters/export',
  operationId: 'exportDeadLetters',
  summary: 'Download the letters that a filter matches, as CSV or JSON',
  description: `Newest first, without a limit, sent as they are read. Texts that a spreadsheet would take for a formula begin with an apostrophe. ${masking}`,
  query: letterExportQuerySchema,
  responses: { 200: { description: 'The file', mediaType: 'text/csv' } },
})

export const getDeadLetter = operation({
  ...reading,
  path: '/api/v1/dead-letters/{id}',
  operationId: 'getDeadLetter',
  summary: 'Get a dead letter with what would be sent, its attempts and its lineage',
  description: masking,
  params: letterParamsSchema,
  responses: { 200: { description: 'The letter', schema: letterDetailSchema } },
})

export const discardDeadLetters = operation({
  ...acting,
  path: '/api/v1/dead-letters/discard',
  operationId: 'discardDeadLetters',
  summary: 'Give dead letters up',
  description:
    'Closes the open letters that match when the call comes in, except those that a replay has claimed. Their deliveries stay dead. An empty filter means all. The answer names the discard, which can be undone.',
  body: discardInputSchema,
  responses: {
    200: { description: 'How many were closed', schema: discardResultSchema },
    409: { description: 'Another number of letters matches now than was confirmed' },
  },
})

export const listDiscards = operation({
  ...reading,
  path: '/api/v1/dead-letters/discards',
  operationId: 'listDiscards',
  summary: 'List what was discarded, newest first',
  query: pageQuerySchema,
  responses: { 200: { description: 'One page of discards', schema: discardPageSchema } },
})

export const undoDiscard = operation({
  ...acting,
  path: '/api/v1/dead-letters/discards/{id}/undo',
  operationId: 'undoDiscard',
  summary: 'Take a discard back',
  description: 'Its letters are open again, as they were.',
  params: z.object(discardParamsSchema.shape),
  body: reasonInputSchema,
  responses: {
    200: { description: 'How many are open again', schema: undoneSchema },
    409: { description: 'It was undone already' },
  },
})

export const deadLetterOperations = [
  listDeadLetters,
  listCauses,
  getCause,
  countDeadLetters,
  exportDeadLetters,
  listDiscards,
  undoDiscard,
  getDeadLetter,
  discardDeadLetters,
]
