import { apiKeyCreatedSchema, apiKeyCreateSchema, apiKeyParamsSchema, apiKeySchema, apiKeyUpdateSchema } from '../api-key.ts'
import { pageQuerySchema, pageSchema } from '../page.ts'
import { optionalReasonSchema } from '../reason.ts'
import { operation } from './operation.ts'

const base = { tags: ['API keys'], auth: { scope: 'admin' } } as const

export const listApiKeys = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/api-keys',
  operationId: 'listApiKeys',
  summary: 'List API keys, newest first',
  description: 'Revoked and expired ones too. Secrets are never shown again.',
  query: pageQuerySchema,
  responses: { 200: { description: 'One page of keys', schema: pageSchema(apiKeySchema).meta({ id: 'ApiKeyPage' }) } },
})

export const createApiKey = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/api-keys',
  operationId: 'createApiKey',
  summary: 'Make an API key',
  description: 'The secret is in this answer and nowhere else. A key can grant only scopes that it has itself.',
  body: apiKeyCreateSchema,
  examples: {
    writer: {
      summary: 'May send events, 100 a second',
      value: { name: 'billing', scopes: ['events:write'], rateLimit: { perSecond: 100, burst: 500 } },
    },
  },
  responses: {
    201: { description: 'The key and its secret', schema: apiKeyCreatedSchema, headers: { Location: { description: 'Where the key is' } } },
  },
})

export const getApiKey = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/api-keys/{id}',
  operationId: 'getApiKey',
  summary: 'Get an API key',
  params: apiKeyParamsSchema,
  responses: { 200: { description: 'The key', schema: apiKeySchema } },
})

export const updateApiKey = operation({
  ...base,
  method: 'PATCH',
  path: '/api/v1/api-keys/{id}',
  operationId: 'updateApiKey',
  summary: "Change an API key's name, scopes, rate limit or expiry",
  description: 'In force everywhere within five seconds.',
  params: apiKeyParamsSchema,
  body: apiKeyUpdateSchema,
  responses: { 200: { description: 'The key as it is now', schema: apiKeySchema }, 409: { description: 'The key is revoked' } },
})

export const revokeApiKey = operation({
  ...base,
  method: 'DELETE',
  path: '/api/v1/api-keys/{id}',
  operationId: 'revokeApiKey',
  summary: 'Revoke an API key',
  description: 'In force everywhere within five seconds. Revoking it again changes nothing.',
  params: apiKeyParamsSchema,
  body: optionalReasonSchema,
  bodyOptional: true,
  responses: { 204: { description: 'Revoked' } },
})

export const apiKeyOperations = [listApiKeys, createApiKey, getApiKey, updateApiKey, revokeApiKey]
