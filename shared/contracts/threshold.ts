// Thresholds of the instance: what counts as too old, too slow, too often wrong.
import { z } from 'zod'
import { reasonSchema } from './reason.ts'

export const thresholdSchema = z
  .strictObject({
    id: z.string().meta({ example: 'queue:delivery-email' }),
    title: z.string(),
    limits: z.array(
      z.strictObject({
        name: z.string().meta({ example: 'objectiveMs' }),
        unit: z.enum(['ms', 'share']),
        value: z.number(),
        fallback: z.number().meta({ description: 'What holds while nobody has changed it' }),
        meaning: z.string(),
      }),
    ),
    changedAt: z.iso.datetime().nullable(),
    changedBy: z.string().nullable(),
    changedReason: z.string().nullable(),
  })
  .meta({ id: 'Threshold' })
export type Threshold = z.infer<typeof thresholdSchema>

export const thresholdListSchema = z.strictObject({ items: z.array(thresholdSchema), nextCursor: z.null() }).meta({ id: 'ThresholdPage' })
export const thresholdParamsSchema = z.strictObject({ id: z.string().regex(/^[a-z:-]{1,60}$/) })

export const thresholdInputSchema = z
  .strictObject({
    limits: z.record(z.string().max(40), z.number()).meta({
      description: 'The limits that differ from their defaults, all of them: one that is left out has its default again',
      example: { objectiveMs: 30_000 },
    }),
    reason: reasonSchema,
  })
  .meta({ id: 'ThresholdInput' })
export type ThresholdInput = z.infer<typeof thresholdInputSchema>
