import {
  endpointCreateSchema,
  endpointListQuerySchema,
  endpointPageSchema,
  endpointParamsSchema,
  endpointRotateSchema,
  endpointSchema,
  endpointSwitchSchema,
  endpointTestResultSchema,
  endpointTestSchema,
  endpointUpdateSchema,
  endpointWithSecretSchema,
} from '../endpoint.ts'
import { operation } from './operation.ts'

const base = { tags: ['Endpoints'], auth: { scope: 'endpoints' } } as const

export const listEndpoints = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/endpoints',
  operationId: 'listEndpoints',
  summary: 'List endpoints, newest first',
  query: endpointListQuerySchema,
  responses: { 200: { description: 'One page of endpoints', schema: endpointPageSchema } },
})

export const createEndpoint = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/endpoints',
  operationId: 'createEndpoint',
  summary: 'Subscribe a URL to event types',
  description:
    'Webhooks are signed by Standard Webhooks with the secret of this answer; it is shown here and never again. Events accepted from now on go there. ' +
    'URLs that lead to private networks are refused, here and at every attempt.',
  body: endpointCreateSchema,
  examples: {
    pulls: { summary: 'Everything about pull requests', value: { url: 'https://example.com/hooks', eventTypes: ['pull_request.*'] } },
    customer: {
      summary: "One customer's events, with a schedule of its own",
      value: {
        url: 'https://example.com/hooks',
        eventTypes: ['*'],
        audience: 'customer-42',
        retrySchedule: [5, 300],
        headers: { 'x-team': 'billing' },
      },
    },
  },
  responses: {
    201: {
      description: 'The endpoint and its secret',
      schema: endpointWithSecretSchema,
      headers: { Location: { description: 'Where the endpoint is' } },
    },
  },
})

export const getEndpoint = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/endpoints/{id}',
  operationId: 'getEndpoint',
  summary: 'Get an endpoint',
  params: endpointParamsSchema,
  responses: { 200: { description: 'The endpoint', schema: endpointSchema } },
})

export const updateEndpoint = operation({
  ...base,
  method: 'PATCH',
  path: '/api/v1/endpoints/{id}',
  operationId: 'updateEndpoint',
  summary: 'Change an endpoint',
  description: 'What is left out stays as it is. Deliveries that wait go to the new URL.',
  params: endpointParamsSchema,
  body: endpointUpdateSchema,
  responses: { 200: { description: 'The endpoint as it is now', schema: endpointSchema } },
})

export const deleteEndpoint = operation({
  ...base,
  method: 'DELETE',
  path: '/api/v1/endpoints/{id}',
  operationId: 'deleteEndpoint',
  summary: 'Delete an endpoint',
  description: 'What waits for it is cancelled. Records of what was sent stay.',
  params: endpointParamsSchema,
  responses: { 204: { description: 'Deleted' } },
})

export const rotateEndpointSecret = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/endpoints/{id}/rotate-secret',
  operationId: 'rotateEndpointSecret',
  summary: 'Give an endpoint a new secret',
  description:
    'Webhooks carry a signature of each for a day, so that receivers can change over; `keepOldSeconds: 0` ends the old one at once. Of earlier rotations nothing stays alive.',
  params: endpointParamsSchema,
  body: endpointRotateSchema,
  bodyOptional: true,
  responses: { 200: { description: 'The endpoint and its new secret', schema: endpointWithSecretSchema } },
})

export const testEndpoint = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/endpoints/{id}/test',
  operationId: 'testEndpoint',
  summary: 'Send one signed test webhook now',
  description:
    'Past the queues, without retries or records, also to a disabled endpoint. Answers within 20 seconds what became of it, never what the receiver said.',
  params: endpointParamsSchema,
  body: endpointTestSchema,
  bodyOptional: true,
  responses: { 200: { description: 'What became of it', schema: endpointTestResultSchema } },
})

export const enableEndpoint = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/endpoints/{id}/enable',
  operationId: 'enableEndpoint',
  summary: 'Enable an endpoint',
  description: 'What is held for it goes out, at a pace. Twice changes nothing.',
  params: endpointParamsSchema,
  body: endpointSwitchSchema,
  bodyOptional: true,
  responses: { 200: { description: 'The endpoint as it is now', schema: endpointSchema } },
})

export const disableEndpoint = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/endpoints/{id}/disable',
  operationId: 'disableEndpoint',
  summary: 'Disable an endpoint',
  description: 'What waits for it, and what comes, is held until it is enabled. Twice changes nothing.',
  params: endpointParamsSchema,
  body: endpointSwitchSchema,
  bodyOptional: true,
  responses: { 200: { description: 'The endpoint as it is now', schema: endpointSchema } },
})

export const endpointOperations = [
  listEndpoints,
  createEndpoint,
  getEndpoint,
  updateEndpoint,
  deleteEndpoint,
  rotateEndpointSecret,
  testEndpoint,
  enableEndpoint,
  disableEndpoint,
]
