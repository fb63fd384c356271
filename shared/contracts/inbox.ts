// What an end user's client sees of their own inbox. Signed in by a token for one recipient, never by an API key.
import { z } from 'zod'

/** At most a day: a token cannot be taken back, it can only run out. */
export const inboxTokenMaxSeconds = 86_400
export const inboxTokenDefaultSeconds = 3_600

export const inboxTokenRequestSchema = z.strictObject({
  ttlSeconds: z.int().min(1).max(inboxTokenMaxSeconds).optional(),
})

export const inboxTokenSchema = z.strictObject({
  token: z.string(),
  expiresAt: z.iso.datetime(),
})
export type InboxToken = z.infer<typeof inboxTokenSchema>

export const inboxItemSchema = z.strictObject({
  id: z.string(),
  /** Grows by one per recipient, without gaps: a client that holds 12 and gets 14 knows that 13 is missing. */
  sequence: z.int().min(1),
  title: z.string(),
  body: z.string(),
  url: z.string().nullable(),
  createdAt: z.iso.datetime(),
  readAt: z.iso.datetime().nullable(),
  archivedAt: z.iso.datetime().nullable(),
})
export type InboxItem = z.infer<typeof inboxItemSchema>

export const inboxPageSchema = z.strictObject({ items: z.array(inboxItemSchema), nextCursor: z.string().nullable() })

export const inboxCountSchema = z.strictObject({
  /** Neither read nor archived. Counted to 1,000 and no further. */
  unread: z.int().min(0),
  /** The newest sequence; 0 while nothing has arrived. Where a live stream would go on from. */
  latestSequence: z.int().min(0),
})
export type InboxCount = z.infer<typeof inboxCountSchema>

export const inboxReadAllSchema = z.strictObject({
  /** How many were unread until now. */
  updated: z.int().min(0),
  /** What arrived after this sequence stays unread. */
  throughSequence: z.int().min(0),
})
export type InboxReadAll = z.infer<typeof inboxReadAllSchema>

const sequenceText = z.string().regex(/^\d{1,15}$/, 'must be a sequence number')

export const inboxListQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: sequenceText.optional(),
  unread: z.enum(['true', 'false']).optional(),
  /** What was archived stays out unless it is asked for. */
  archived: z.enum(['true', 'false', 'any']).default('false'),
})

export const inboxLiveQuerySchema = z.strictObject({
  after: sequenceText.optional(),
})

export const inboxItemParamsSchema = z.strictObject({ id: z.string() })
