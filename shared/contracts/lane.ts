// Lanes: the share of a queue that one workspace, or for webhooks one endpoint, may fill.
import { z } from 'zod'
import { queueNames } from '../jobs/queues.ts'
import { pageSchema } from './page.ts'
import { reasonSchema } from './reason.ts'

export const laneSchema = z
  .strictObject({
    lane: z
      .string()
      .meta({ description: "An endpoint's id for webhooks, else a workspace's key", example: 'end_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
    kind: z.enum(['workspace', 'endpoint']),
    name: z.string().meta({ description: "The endpoint's URL, or the workspace's name", example: 'https://example.com/hook' }),
    workspaceKey: z.string(),
    workspaceName: z.string(),
    waiting: z.int().min(0).meta({ description: 'Due, and no worker has started it; counted to 100,000' }),
    inRedis: z.int().min(0).meta({ description: 'Of those: handed over, the others wait in Postgres' }),
    active: z.int().min(0),
    delayed: z.int().min(0).meta({ description: 'Counted to 100,000' }),
    held: z.int().min(0).meta({ description: 'For a disabled endpoint; counted to 100,000' }),
    oldestAgeMs: z.int().min(0).meta({ description: 'How long its oldest due row has waited to be started' }),
    servedPerSecond: z.number().min(0).nullable().meta({ description: 'Rows done, over the last 20 s; null while Redis is away' }),
    failing: z.boolean().meta({ description: 'Its endpoint answers nothing but errors: it gets a small share until one call succeeds' }),
    share: z.int().meta({ description: 'Rows that a lane of this queue may have handed over at the same time' }),
    limit: z.int().nullable().meta({ description: 'What an operator set instead; 0 keeps everything in Postgres' }),
    limitedBy: z.string().nullable(),
    limitedReason: z.string().nullable(),
    limitedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Lane' })
export type LaneView = z.infer<typeof laneSchema>

export const lanePageSchema = pageSchema(laneSchema).meta({ id: 'LanePage' })

export const laneParamsSchema = z.strictObject({ name: z.enum(queueNames), lane: z.string().min(1).max(100) })

export const laneLimitInputSchema = z
  .strictObject({
    limit: z
      .int()
      .min(0)
      .max(100_000)
      .meta({ description: 'Rows of this lane that may be handed over at the same time; 0 = none', example: 20 }),
    reason: reasonSchema,
  })
  .meta({ id: 'LaneLimitInput' })
export type LaneLimitInput = z.infer<typeof laneLimitInputSchema>
