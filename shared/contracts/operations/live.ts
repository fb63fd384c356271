import { z } from 'zod'
import { seriesQuerySchema, seriesSchema } from '../series.ts'
import { thresholdInputSchema, thresholdListSchema, thresholdParamsSchema, thresholdSchema } from '../threshold.ts'
import { historyQuerySchema, historySchema, topologySchema } from '../topology.ts'
import { operation } from './operation.ts'

const base = { tags: ['Live'], auth: { scope: 'events:read' } } as const

export const liveQuerySchema = z.strictObject({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: 'The number of the last snapshot that you have; Last-Event-ID wins' }),
})

export const followLive = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/live',
  operationId: 'followLive',
  summary: 'Follow the live picture',
  description:
    'Server-sent events. `snapshot` (schema Snapshot) once a second, its id is its number; `topology`, `queue`, `dead-letter`, `replay` and `alert` (schema LiveHint) when a list has changed; `stale` (schema LiveStale) every second while no snapshot comes. Send Last-Event-ID to get the hints that you missed; `all: true` means to read everything again. A slow reader gets the newest snapshot next. The stream ends after ten minutes: connect again. It ends within seconds when its session or key does.',
  query: liveQuerySchema,
  headers: { 'last-event-id': { description: 'The number of the last snapshot that you have', schema: z.string() } },
  streams: true,
  responses: { 200: { description: 'The stream', mediaType: 'text/event-stream', schema: z.string() } },
})

export const readLiveHistory = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/live/history',
  operationId: 'readLiveHistory',
  summary: 'Read what happened to the instance',
  description: 'Incidents, what people changed, and with `at` the picture of one moment.',
  query: historyQuerySchema,
  responses: { 200: { description: 'Incidents and marks, oldest first', schema: historySchema } },
})

export const readSeriesOperation = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/metrics/series',
  operationId: 'readSeries',
  summary: 'Read figures over time',
  query: seriesQuerySchema,
  responses: { 200: { description: 'The series, in the order of their names', schema: seriesSchema } },
})

export const readTopology = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/topology',
  operationId: 'readTopology',
  summary: 'Read the topology',
  description:
    'Every declared place and line with its state, its traffic and why it is judged so; and what is measured without being declared.',
  responses: { 200: { description: 'The topology as of now', schema: topologySchema } },
})

export const listThresholds = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/thresholds',
  operationId: 'listThresholds',
  summary: 'List the thresholds',
  responses: { 200: { description: 'All of them', schema: thresholdListSchema } },
})

export const setThreshold = operation({
  tags: ['Live'],
  auth: { scope: 'operate', instance: true },
  method: 'PUT',
  path: '/api/v1/thresholds/{id}',
  operationId: 'setThreshold',
  summary: 'Set a threshold',
  description: 'For every workspace of the instance; states follow within two seconds.',
  params: thresholdParamsSchema,
  body: thresholdInputSchema,
  responses: {
    200: { description: 'The threshold as it is now', schema: thresholdSchema },
    404: { description: 'There is no such threshold' },
  },
})

export const liveOperations = [followLive, readLiveHistory, readSeriesOperation, readTopology, listThresholds, setThreshold]
