// What is asked of events, and how a batch is answered.
import { z } from 'zod'
import { acceptedSchema, eventStates, eventSummarySchema, eventTypeSchema, lineSchema } from './event.ts'
import { periodFilter, publicIdSchema } from './list-filters.ts'
import { lookPageSchema, pageQuery } from './page.ts'
import { problemSchema } from './problem.ts'
import { recipientIdSchema } from './recipient.ts'

export const eventListQuerySchema = z.strictObject({
  ...pageQuery,
  state: z.enum(eventStates).optional(),
  type: eventTypeSchema.optional(),
  subject: lineSchema(512).optional().meta({ description: 'Exactly this subject' }),
  source: lineSchema(256).optional(),
  audience: lineSchema(128).optional(),
  recipient: recipientIdSchema.optional().meta({ description: 'Only events that made a notification for this recipient' }),
  ...periodFilter,
})
export type EventListQuery = z.infer<typeof eventListQuerySchema>

export const eventPageSchema = lookPageSchema(eventSummarySchema).meta({ id: 'EventPage' })
export const eventParamsSchema = z.strictObject({ id: publicIdSchema('event') })

/** One answer per event of a batch, in its order; a rejected one never keeps its neighbours out. */
export const batchResultSchema = z
  .strictObject({
    items: z.array(
      z.union([
        z.strictObject({ index: z.int().min(0), id: z.string(), status: acceptedSchema.shape.status }),
        z.strictObject({ index: z.int().min(0), status: z.literal('rejected'), problem: problemSchema }),
      ]),
    ),
  })
  .meta({ id: 'EventBatchResult' })
