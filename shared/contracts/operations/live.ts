import { z } from 'zod'
import { operation, type Operation } from './operation.ts'

export const liveQuerySchema = z.strictObject({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: 'The number of the last snapshot that you have; Last-Event-ID wins' }),
})

export const followLive = operation({
  method: 'GET',
  path: '/api/v1/live',
  operationId: 'followLive',
  summary: 'Follow the live picture',
  description:
    'Server-sent events. `snapshot` (schema Snapshot) once a second, its id is its number; `topology`, `queue`, `dead-letter`, `replay` and `alert` (schema LiveHint) when a list has changed; `stale` (schema LiveStale) every second while no snapshot comes. Send Last-Event-ID to get the hints that you missed; `all: true` means to read everything again. A slow reader gets the newest snapshot next. The stream ends after ten minutes: connect again.',
  tags: ['Live'],
  auth: { scope: 'events:read' },
  query: liveQuerySchema,
  headers: { 'last-event-id': { description: 'The number of the last snapshot that you have', schema: z.string() } },
  streams: true,
  responses: { 200: { description: 'The stream', mediaType: 'text/event-stream', schema: z.string() } },
})

export const liveOperations: Operation[] = [followLive]
