// What an end user's client sees of their own inbox. Signed in by a token for one recipient, never by an API key.
import { z } from 'zod'
import { attachmentLinkSchema } from './attachment.ts'
import { pageQuery, pageSchema } from './page.ts'

export const inboxTokenMaxSeconds = 86_400
export const inboxTokenDefaultSeconds = 3_600

export const inboxTokenRequestSchema = z
  .strictObject({
    ttlSeconds: z
      .int()
      .min(1)
      .max(inboxTokenMaxSeconds)
      .default(inboxTokenDefaultSeconds)
      .meta({ description: 'How long the token lives; at most a day, because it cannot be taken back' }),
  })
  .meta({ id: 'InboxTokenRequest' })

export const inboxTokenSchema = z.strictObject({ token: z.string(), expiresAt: z.iso.datetime() }).meta({ id: 'InboxToken' })
export type InboxToken = z.infer<typeof inboxTokenSchema>

export const inboxItemSchema = z
  .strictObject({
    id: z.string().meta({ example: 'ntf_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
    sequence: z.int().min(1).meta({
      description: 'Grows by one per recipient, without gaps: a client that holds 12 and gets 14 knows that 13 is missing',
      example: 13,
    }),
    title: z.string(),
    body: z.string(),
    url: z.string().nullable(),
    attachments: z
      .array(attachmentLinkSchema)
      .meta({ description: 'Files, with links that work for a quarter of an hour: read the item again for new ones' }),
    createdAt: z.iso.datetime(),
    readAt: z.iso.datetime().nullable(),
    archivedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'InboxItem' })
export type InboxItem = z.infer<typeof inboxItemSchema>

export const inboxPageSchema = pageSchema(inboxItemSchema).meta({ id: 'InboxPage' })

export const inboxCountSchema = z
  .strictObject({
    unread: z.int().min(0).meta({ description: 'Neither read nor archived; counted to 1,000 and no further' }),
    latestSequence: z.int().min(0).meta({ description: 'The newest sequence, 0 while nothing has arrived' }),
  })
  .meta({ id: 'InboxCount' })
export type InboxCount = z.infer<typeof inboxCountSchema>

export const inboxReadAllSchema = z
  .strictObject({
    updated: z.int().min(0).meta({ description: 'How many were unread until now' }),
    throughSequence: z.int().min(0).meta({ description: 'What arrives after this sequence is unread' }),
  })
  .meta({ id: 'InboxReadAll' })
export type InboxReadAll = z.infer<typeof inboxReadAllSchema>

/** A sequence as it stands in a URL or a Last-Event-ID. */
export const sequenceTextSchema = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a sequence number')
  .transform(Number)
  .meta({ type: 'integer', minimum: 0 })

export const inboxListQuerySchema = z.strictObject({
  ...pageQuery,
  unread: z.enum(['true', 'false']).optional().meta({ description: 'Only what is unread, or only what is read' }),
  archived: z.enum(['true', 'false', 'any']).default('false').meta({ description: 'What was archived stays out unless it is asked for' }),
})

export const inboxLiveQuerySchema = z.strictObject({
  after: sequenceTextSchema
    .optional()
    .meta({ type: 'integer', minimum: 0, description: 'The last sequence that the client holds; `Last-Event-ID` wins over it' }),
})

export const inboxItemParamsSchema = z.strictObject({ id: z.string() })
