// Finding anything by its id or name: what the ask box of the console asks.
import { z } from 'zod'

export const foundKinds = [
  'event',
  'notification',
  'delivery',
  'dead-letter',
  'cause',
  'replay',
  'endpoint',
  'mail',
  'recipient',
  'topic',
  'workflow',
  'queue',
  'article',
] as const
export type FoundKind = (typeof foundKinds)[number]

export const findQuerySchema = z.strictObject({
  q: z.string().trim().min(1).max(320).meta({
    description:
      'An id, whole; the beginning of a recipient, its address, a topic or a workflow; a part of a URL, a cause or a queue; words of a message, an error or the field guide, or what they mean',
  }),
})
export type FindQuery = z.infer<typeof findQuerySchema>

export const foundSchema = z
  .strictObject({
    kind: z.enum(foundKinds),
    id: z.string(),
    title: z.string().meta({ description: 'What people call it' }),
    note: z.string().nullable().meta({ description: 'What tells it from its neighbours' }),
    eventId: z.string().nullable().meta({ description: 'The event that a notification or delivery belongs to' }),
  })
  .meta({ id: 'Found' })
export type Found = z.infer<typeof foundSchema>

export const foundListSchema = z
  .strictObject({ items: z.array(foundSchema).meta({ description: 'Best first, at most 20' }) })
  .meta({ id: 'FoundList' })
