import { z } from 'zod'
import { cloudEventSchema } from '../cloud-event.ts'
import { acceptedSchema, eventBatchSchema, eventInputSchema, eventSchema } from '../event.ts'
import { batchResultSchema, eventListQuerySchema, eventPageSchema, eventParamsSchema } from '../event-reading.ts'
import { optionalReasonSchema } from '../reason.ts'
import { operation } from './operation.ts'

const eventInput = eventInputSchema.meta({ id: 'EventInput' })
const event = eventSchema.meta({ id: 'Event' })
const attribute = z.string()

export const acceptEventOperation = operation({
  method: 'POST',
  path: '/api/v1/events',
  operationId: 'acceptEvent',
  summary: 'Send an event',
  description: [
    'Answered 202 once the event is durable; what becomes of it is read at `Location`. Nothing that was answered 202 is lost.',
    'A CloudEvent 1.0 is taken in both modes: structured as `application/cloudevents+json`, or binary with `ce-*` headers and the data as JSON body. ' +
      '`recipients` (ids, comma-separated) and `audience` are read from the extension attributes of these names; other extensions are ignored.',
    '`recipients` may be empty: then only endpoints get it. A `scheduledAt` that has passed means at once; after `expiresAt` nothing is sent.',
  ].join('\n\n'),
  tags: ['Events'],
  auth: { scope: 'events:write' },
  idempotent: true,
  headers: {
    'ce-specversion': { description: 'Makes it a CloudEvent in binary mode', schema: z.literal('1.0') },
    'ce-id': { description: 'Binary mode', schema: attribute },
    'ce-source': { description: 'Binary mode', schema: attribute },
    'ce-type': { description: 'Binary mode', schema: attribute },
    'ce-subject': { description: 'Binary mode', schema: attribute },
    'ce-time': { description: 'Binary mode', schema: attribute },
    'ce-recipients': { description: 'Binary mode: ids, comma-separated', schema: attribute },
    'ce-audience': { description: 'Binary mode', schema: attribute },
  },
  body: 'raw',
  bodySchemas: { 'application/json': eventInput, 'application/cloudevents+json': cloudEventSchema.meta({ id: 'CloudEvent' }) },
  mediaTypes: ['application/json', 'application/cloudevents+json'],
  examples: {
    welcome: {
      summary: 'One mail and one inbox message, by the seeded workflow',
      value: {
        type: 'pull_request.opened',
        recipients: [{ id: 'u1', email: 'ada@example.com' }],
        data: { title: 'Fix the parser', url: 'https://example.com/pr/7' },
      },
    },
    cloudEvent: {
      summary: 'The same as a CloudEvent',
      mediaType: 'application/cloudevents+json',
      value: {
        specversion: '1.0',
        id: 'a-1',
        source: 'github',
        type: 'pull_request.opened',
        recipients: 'u1',
        data: { title: 'Fix the parser', url: 'https://example.com/pr/7' },
      },
    },
  },
  responses: {
    202: {
      description: 'The event is durable',
      schema: acceptedSchema.meta({ id: 'AcceptedEvent' }),
      headers: { Location: { description: 'Where the event is' } },
    },
  },
})

export const acceptEventsOperation = operation({
  method: 'POST',
  path: '/api/v1/events/batch',
  operationId: 'acceptEvents',
  summary: 'Send up to 1,000 events',
  description: 'One answer for each, in their order. One that is not valid never keeps its neighbours out. At most 5 MB.',
  tags: ['Events'],
  auth: { scope: 'events:write' },
  idempotent: true,
  body: 'raw',
  bodySchemas: {
    'application/json': eventBatchSchema.extend({ events: z.array(eventInput).min(1).max(1_000) }).meta({ id: 'EventBatch' }),
  },
  bodyLimitBytes: 5 * 1024 * 1024,
  responses: { 202: { description: 'What is `accepted` is durable', schema: batchResultSchema } },
})

const reading = { tags: ['Events'], auth: { scope: 'events:read' } } as const

export const listEventsOperation = operation({
  ...reading,
  method: 'GET',
  path: '/api/v1/events',
  operationId: 'listEvents',
  summary: 'List events, newest first',
  query: eventListQuerySchema,
  responses: { 200: { description: 'One page of events', schema: eventPageSchema } },
})

export const getEventOperation = operation({
  ...reading,
  method: 'GET',
  path: '/api/v1/events/{id}',
  operationId: 'getEvent',
  summary: 'Follow an event: its notifications, deliveries and attempts',
  description:
    'The first 1,000 of each; an event to a large topic has more, which the lists of notifications and deliveries give by `?event=`.',
  params: eventParamsSchema,
  responses: { 200: { description: 'The event', schema: event } },
})

export const cancelEventOperation = operation({
  method: 'POST',
  path: '/api/v1/events/{id}/cancel',
  operationId: 'cancelEvent',
  summary: 'Cancel what has not been sent of an event',
  description: 'What is being sent at this moment ends as its attempt ends, and is not tried again.',
  tags: ['Events'],
  auth: { scope: 'events:write' },
  params: eventParamsSchema,
  body: optionalReasonSchema,
  bodyOptional: true,
  responses: { 200: { description: 'The event as it is now', schema: event }, 409: { description: 'It has ended already' } },
})

export const eventOperations = [acceptEventOperation, acceptEventsOperation, listEventsOperation, getEventOperation, cancelEventOperation]
