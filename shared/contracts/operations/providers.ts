import { providerPageSchema, providerParamsSchema, providerSchema } from '../provider.ts'
import { reasonInputSchema } from '../reason.ts'
import { pageQuerySchema } from '../page.ts'
import { operation } from './operation.ts'

/** Providers are shared by all workspaces: only an operator or a key of the instance acts on them. */
const acting = { tags: ['Queues'], auth: { scope: 'operate', instance: true } } as const

export const listProviders = operation({
  tags: ['Queues'],
  auth: { scope: 'operate' },
  method: 'GET',
  path: '/api/v1/providers',
  operationId: 'listProviders',
  summary: 'List the providers of the instance',
  description: 'What carries each channel, who holds it and why, and how many deliveries a hold or a release reaches.',
  query: pageQuerySchema,
  responses: { 200: { description: 'The providers', schema: providerPageSchema } },
})

export const holdProvider = operation({
  ...acting,
  method: 'POST',
  path: '/api/v1/providers/{key}/hold',
  operationId: 'holdProvider',
  summary: 'Hold a provider',
  description:
    'Nothing new goes out through it, in any workspace: what waits, and what comes, is held and nothing is lost. What is being sent ends as it ends. Holding it again changes nothing.',
  params: providerParamsSchema,
  body: reasonInputSchema,
  responses: { 200: { description: 'The provider as it is now', schema: providerSchema } },
})

export const releaseProvider = operation({
  ...acting,
  method: 'POST',
  path: '/api/v1/providers/{key}/release',
  operationId: 'releaseProvider',
  summary: 'Release a held provider',
  description:
    'What is held goes out at a pace, lane by lane. What a disabled endpoint holds stays. Releasing one that is not held changes nothing.',
  params: providerParamsSchema,
  body: reasonInputSchema,
  responses: { 200: { description: 'The provider as it is now', schema: providerSchema } },
})

export const providerOperations = [listProviders, holdProvider, releaseProvider]
