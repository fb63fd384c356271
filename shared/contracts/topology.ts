// The declared system joined with what is measured, and what happened to it over time.
import { z } from 'zod'
import { liveQueueSchema, measureSchema, nodeStateSchema, nodeStates } from './live.ts'

const seen = z.enum(['measured', 'silent', 'absent']).meta({
  description:
    'silent: declared, and nobody reports traffic there; absent: part of the picture, but nothing here talks to it or can measure it',
})

export const topologySchema = z
  .strictObject({
    at: z.iso.datetime().nullable().meta({ description: 'Of the measurements; null while there are none' }),
    nodes: z.array(
      nodeStateSchema.extend({
        id: z.string(),
        kind: z.string(),
        title: z.string(),
        area: z.string().nullable(),
        purpose: z.string(),
        measures: z.array(z.string()),
        seen,
      }),
    ),
    edges: z.array(
      z.strictObject({
        id: z.string(),
        from: z.string(),
        to: z.string(),
        kind: z.enum(['http', 'auth', 'validation', 'data', 'queue']),
        carries: z.string(),
        measures: z.array(z.string()),
        measure: measureSchema.nullable().meta({ description: 'Its measures together; times are those of the first' }),
        seen,
      }),
    ),
    undeclared: z.array(z.string()).meta({ description: 'Measures that no node and no edge declares' }),
  })
  .meta({ id: 'Topology' })
export type TopologyView = z.infer<typeof topologySchema>

const time = z.iso.datetime({ offset: true })

export const historyQuerySchema = z.strictObject({
  from: time.optional().meta({ description: 'Default four hours before `to`' }),
  to: time.optional().meta({ description: 'Default now' }),
  at: time.optional().meta({ description: 'Also answer the picture of this moment' }),
})
export type HistoryQuery = z.output<typeof historyQuerySchema>

/** What is known of a queue at a past moment. */
const pastQueueSchema = liveQueueSchema
  .pick({
    name: true,
    state: true,
    waiting: true,
    active: true,
    delayed: true,
    oldestAgeMs: true,
    objectiveMs: true,
    busySlots: true,
    workers: true,
    concurrency: true,
  })
  .extend({ arrivalPerSecond: z.number().nullable(), servicePerSecond: z.number().nullable() })

export const historySchema = z
  .strictObject({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    incidents: z
      .array(
        z.strictObject({
          id: z.string(),
          nodeId: z.string(),
          state: z.enum(nodeStates),
          reason: z.string(),
          beganAt: z.iso.datetime(),
          endedAt: z.iso.datetime().nullable().meta({ description: 'null while it goes on' }),
        }),
      )
      .meta({ description: 'Spans in which a place was not well, oldest first; at most the last 500' }),
    markers: z
      .array(
        z.strictObject({
          id: z.string(),
          at: z.iso.datetime(),
          action: z.string().meta({ example: 'queue.pause' }),
          subject: z.strictObject({ kind: z.string(), id: z.string() }),
          by: z.string(),
          reason: z.string().nullable(),
        }),
      )
      .meta({ description: 'What people changed, oldest first; at most the last 500' }),
    picture: z
      .strictObject({
        at: z.iso.datetime(),
        resolution: z.int().meta({ description: 'Seconds that it stands for' }),
        measures: z.record(z.string(), measureSchema),
        queues: z.array(pastQueueSchema),
        states: z.record(z.string(), nodeStateSchema).meta({ description: 'Of the places that were not well' }),
        figures: z
          .record(z.string(), z.number())
          .meta({ description: 'Everything that was kept of the moment, by the names of GET /metrics/series' }),
      })
      .nullable()
      .meta({ description: 'null without `at`, and when nothing was kept of that moment' }),
  })
  .meta({ id: 'LiveHistory' })
export type LiveHistory = z.infer<typeof historySchema>
