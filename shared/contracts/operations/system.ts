import { z } from 'zod'
import { readinessSchema } from '../readiness.ts'
import { operation } from './operation.ts'

const base = { method: 'GET', tags: ['System'], auth: 'public' } as const

export const getHealth = operation({
  ...base,
  path: '/healthz',
  operationId: 'getHealth',
  summary: 'Is this process alive',
  description: 'Looks at nothing but the process itself: restart it when this does not answer.',
  responses: { 200: { description: 'Alive', schema: z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' }) } },
})

export const getReadiness = operation({
  ...base,
  path: '/readyz',
  operationId: 'getReadiness',
  summary: 'Can this process take work',
  description:
    'Postgres away, or its tables not up to date: 503. Redis away is said but does not make it unready, because events are accepted without it and go out as soon as it is back.',
  responses: {
    200: { description: 'Ready', schema: readinessSchema },
    503: { description: 'Not ready; `dependencies` says why', schema: readinessSchema },
  },
})

export const getMetrics = operation({
  ...base,
  path: '/metrics',
  operationId: 'getMetrics',
  summary: 'Metrics of the whole instance, for Prometheus',
  description: 'Any API process answers for all of them: counters of every process carry the label `process`.',
  responses: { 200: { description: 'Prometheus text format 0.0.4', schema: z.string(), mediaType: 'text/plain' } },
})

export const getOpenApi = operation({
  ...base,
  path: '/openapi.json',
  operationId: 'getOpenApi',
  summary: 'This document',
  responses: { 200: { description: 'OpenAPI 3.1', schema: z.record(z.string(), z.unknown()) } },
})

export const getDocs = operation({
  ...base,
  path: '/docs',
  operationId: 'getDocs',
  summary: 'The API reference, as a page',
  responses: { 200: { description: 'HTML, rendered from this document', schema: z.string(), mediaType: 'text/html' } },
})

export const systemOperations = [getHealth, getReadiness, getMetrics, getOpenApi, getDocs]
