import { causeParamsSchema } from '../dead-letter.ts'
import {
  documentSearchSchema,
  letterSearchQuerySchema,
  letterSearchSchema,
  notificationSearchQuerySchema,
  notificationSearchSchema,
  searchQuerySchema,
  similarCausesSchema,
} from '../search.ts'
import { operation } from './operation.ts'

const reading = { method: 'GET', auth: { scope: 'events:read' } } as const
const honest =
  'Found by words and, where an index of vectors and an embedding service are configured, by meaning; `mode` in the answer says which. What was made in the last moments may not be indexed yet: `lag` says so; lists show it at once. 503 while the index does not answer.'

export const searchNotificationsOperation = operation({
  ...reading,
  path: '/api/v1/notifications/search',
  operationId: 'searchNotifications',
  summary: 'Search notifications by words and by meaning, best first',
  description: `${honest} For operators it takes the role operator.`,
  tags: ['Notifications'],
  query: notificationSearchQuerySchema,
  responses: { 200: { description: 'What was found', schema: notificationSearchSchema } },
})

export const searchDeadLettersOperation = operation({
  ...reading,
  path: '/api/v1/dead-letters/search',
  operationId: 'searchDeadLetters',
  summary: 'Search dead letters by words and by meaning, best first',
  description: `${honest} By their errors, codes and events; payloads are not looked at. Callers who may only look get secrets and personal values masked.`,
  tags: ['Dead letters'],
  query: letterSearchQuerySchema,
  responses: { 200: { description: 'What was found', schema: letterSearchSchema } },
})

export const searchOperation = operation({
  ...reading,
  path: '/api/v1/search',
  operationId: 'search',
  summary: 'Search documents of one kind: notifications, dead letters, causes, recipients, articles of the field guide',
  description: `${honest} Recipients need the scope \`recipients\` too. Callers who may only look get secrets and personal values of dead letters masked, and find nothing by them; operators who may only look cannot search notifications and recipients.`,
  tags: ['System'],
  query: searchQuerySchema,
  responses: {
    200: { description: 'What was found', schema: documentSearchSchema },
    403: { description: 'The credential lacks the scope of this kind' },
  },
})

export const similarCausesOperation = operation({
  ...reading,
  path: '/api/v1/dead-letters/causes/{id}/similar',
  operationId: 'listSimilarCauses',
  summary: 'Find failures like this one, also those that were dealt with',
  description: 'By what their errors say. Callers who may only look get secrets and personal values masked.',
  tags: ['Dead letters'],
  params: causeParamsSchema,
  responses: { 200: { description: 'Causes that are alike', schema: similarCausesSchema } },
})

export const searchOperations = [searchNotificationsOperation, searchDeadLettersOperation, searchOperation, similarCausesOperation]
