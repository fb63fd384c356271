import { preferenceSchema, preferenceViewSchema } from '../preference.ts'
import {
  recipientBatchResultSchema,
  recipientBatchSchema,
  recipientListQuerySchema,
  recipientPageSchema,
  recipientParamsSchema,
  recipientPutSchema,
  recipientSchema,
} from '../recipient.ts'
import { optionalReasonSchema } from '../reason.ts'
import { operation } from './operation.ts'

const base = { tags: ['Recipients'], auth: { scope: 'recipients' } } as const

export const listRecipients = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/recipients',
  operationId: 'listRecipients',
  summary: 'List recipients by id',
  description: 'Operators who may only look get addresses and attributes masked, and cannot look by an address.',
  query: recipientListQuerySchema,
  responses: { 200: { description: 'One page of recipients', schema: recipientPageSchema } },
})

export const putRecipient = operation({
  ...base,
  method: 'PUT',
  path: '/api/v1/recipients/{id}',
  operationId: 'putRecipient',
  summary: 'Create or replace a recipient',
  description: 'The id is yours. What is left out is removed; what an event accepted before this brings inside itself no longer counts.',
  params: recipientParamsSchema,
  body: recipientPutSchema,
  examples: {
    ada: {
      summary: 'A person with a mail address',
      value: { email: 'ada@example.com', locale: 'en', timeZone: 'Europe/Berlin', attributes: { plan: 'pro' } },
    },
  },
  responses: {
    200: { description: 'The recipient was replaced', schema: recipientSchema },
    201: { description: 'The recipient was created', schema: recipientSchema },
  },
})

export const batchRecipients = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/recipients/batch',
  operationId: 'batchRecipients',
  summary: 'Create or replace up to 1,000 recipients',
  description:
    'Each as by PUT, each with its own result: one that is not valid does not refuse the others. The same id again: the last one stays.',
  body: recipientBatchSchema,
  bodyLimitBytes: 5 * 1024 * 1024,
  examples: {
    two: {
      summary: 'Two people',
      value: {
        recipients: [
          { id: 'u1', email: 'ada@example.com' },
          { id: 'u2', email: 'bob@example.com', locale: 'de' },
        ],
      },
    },
  },
  responses: { 200: { description: 'One result per item, in their order', schema: recipientBatchResultSchema } },
})

export const getRecipient = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/recipients/{id}',
  operationId: 'getRecipient',
  summary: 'Get a recipient',
  params: recipientParamsSchema,
  responses: { 200: { description: 'The recipient', schema: recipientSchema } },
})

export const deleteRecipient = operation({
  ...base,
  method: 'DELETE',
  path: '/api/v1/recipients/{id}',
  operationId: 'deleteRecipient',
  summary: 'Delete a recipient',
  description:
    'With preferences, topic memberships and the inbox. What is on its way still goes out, and records of what was sent stay. An event that names the id makes the recipient anew.',
  params: recipientParamsSchema,
  body: optionalReasonSchema,
  bodyOptional: true,
  responses: { 204: { description: 'Deleted' } },
})

export const putPreferences = operation({
  ...base,
  method: 'PUT',
  path: '/api/v1/recipients/{id}/preferences',
  operationId: 'putPreferences',
  summary: "Replace a recipient's preferences",
  description: 'For the next event on. Makes the recipient when nobody has this id yet. An empty object removes all preferences.',
  params: recipientParamsSchema,
  body: preferenceSchema,
  examples: {
    quiet: {
      summary: 'No mail but the weekly one, and quiet nights',
      value: {
        channels: { email: false },
        workflows: { weekly: { enabled: true, channels: { email: true } } },
        quietHours: { from: '22:00', to: '07:00' },
      },
    },
  },
  responses: { 200: { description: 'The preferences as they are now', schema: preferenceViewSchema } },
})

export const getPreferences = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/recipients/{id}/preferences',
  operationId: 'getPreferences',
  summary: "Get a recipient's preferences",
  params: recipientParamsSchema,
  responses: { 200: { description: 'The preferences; empty when nothing was said', schema: preferenceViewSchema } },
})

export const recipientOperations = [
  listRecipients,
  putRecipient,
  batchRecipients,
  getRecipient,
  deleteRecipient,
  putPreferences,
  getPreferences,
]
