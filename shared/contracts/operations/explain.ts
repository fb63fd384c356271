import { explainQuerySchema, explanationSchema } from '../explain.ts'
import { operation } from './operation.ts'

export const explainOperation = operation({
  method: 'GET',
  path: '/api/v1/explain',
  operationId: 'explain',
  summary: 'Explain why somebody did or did not get something',
  description: [
    'With `recipient` and `event`: one sentence, and the chain of rows that proves it: event, workflow, recipient, preference, notification, delivery, attempts, dead letter, replay, resend.',
    'With `recipient` alone: their last events and what became of each. With `event` alone: whether everybody got it. With neither: 422.',
  ].join('\n\n'),
  tags: ['Events'],
  auth: { scope: 'events:read' },
  query: explainQuerySchema,
  responses: {
    200: { description: 'The sentence and its proof', schema: explanationSchema },
    404: { description: 'There is no such event' },
  },
})

export const explainOperations = [explainOperation]
