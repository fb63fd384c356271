// Search: documents found by their words or by what they mean, best first.
import { z } from 'zod'
import { causeSchema, letterSchema, letterStates } from './dead-letter.ts'
import { channels, deliveryStates, notificationSchema } from './event.ts'
import { filterTextSchema, periodFilter } from './list-filters.ts'
import { recipientIdSchema } from './recipient.ts'
import { searchModes } from './search-modes.ts'

export const searchKinds = ['notification', 'dead-letter', 'cause', 'recipient', 'article'] as const
export type SearchKind = (typeof searchKinds)[number]

const asked = {
  q: filterTextSchema.meta({
    description: 'Words, or a sentence; a word with a mistake finds its neighbours',
    example: 'payment declined',
  }),
  mode: z.enum(searchModes).optional().meta({
    description:
      'words: by the words that stand there. meaning: by what the text says. hybrid: both. Without it the best that there is; what was used is in the answer',
  }),
  alpha: z.coerce.number().min(0).max(1).optional().meta({
    description:
      'hybrid: 0 = words alone, 1 = meaning alone. Without it 0.75, and 0.25 where the question has a number or an address in it',
  }),
  limit: z.coerce.number().int().min(1).max(100).default(20),
}

export const notificationSearchQuerySchema = z.strictObject({
  ...asked,
  channel: z.enum(channels).optional(),
  state: z.enum(deliveryStates).optional().meta({ description: 'Of the delivery, now' }),
  workflow: filterTextSchema.optional().meta({ description: "The workflow's key" }),
  recipient: recipientIdSchema.optional(),
  ...periodFilter,
})
export type NotificationSearchQuery = z.infer<typeof notificationSearchQuerySchema>

export const letterSearchQuerySchema = z.strictObject({
  ...asked,
  channel: z.enum(channels).optional(),
  state: z.enum(letterStates).optional(),
  workflow: filterTextSchema.optional().meta({ description: "The workflow's key" }),
  recipient: recipientIdSchema.optional(),
  ...periodFilter,
})
export type LetterSearchQuery = z.infer<typeof letterSearchQuerySchema>

export const searchQuerySchema = z.strictObject({
  ...asked,
  kind: z.enum(searchKinds).meta({ description: '`recipient` needs the scope `recipients`' }),
  channel: z.enum(channels).optional().meta({ description: 'notification, dead-letter' }),
  workflow: filterTextSchema.optional().meta({ description: 'notification, dead-letter' }),
  recipient: recipientIdSchema.optional().meta({ description: 'notification, dead-letter' }),
  ...periodFilter,
})
export type SearchQuery = z.infer<typeof searchQuerySchema>

export const snippetSchema = z
  .strictObject({
    text: z.string().meta({ description: 'Plain text: a page shows it as such' }),
    marks: z.array(z.tuple([z.int().min(0), z.int().min(0)])).meta({
      description: 'What matched: from (inclusive) and to (exclusive), in UTF-16 units of `text`; empty when it was found by meaning',
    }),
  })
  .meta({ id: 'Snippet' })
export type Snippet = z.infer<typeof snippetSchema>

const found = {
  score: z.number().meta({ description: 'Higher is better; comparable within one answer only' }),
  snippet: snippetSchema,
}

export const foundNotificationSchema = notificationSchema.extend(found).meta({ id: 'FoundNotification' })
export type FoundNotification = z.infer<typeof foundNotificationSchema>

export const foundLetterSchema = letterSchema.extend(found).meta({ id: 'FoundDeadLetter' })
export type FoundLetter = z.infer<typeof foundLetterSchema>

export const foundDocumentSchema = z
  .strictObject({
    kind: z.enum(searchKinds),
    id: z.string(),
    title: z.string().meta({ description: 'What people call it' }),
    at: z.iso.datetime().meta({ description: 'When it was made' }),
    eventId: z.string().nullable().meta({ description: 'The event behind a notification or a dead letter' }),
    letters: z
      .strictObject({ open: z.int().min(0), total: z.int().min(0) })
      .optional()
      .meta({ description: 'Of a cause: its open letters, and all that it ever had' }),
    ...found,
  })
  .meta({ id: 'FoundDocument' })
export type FoundDocument = z.infer<typeof foundDocumentSchema>

/** How the answer came about. */
const told = {
  mode: z.enum(searchModes).meta({ description: 'How it was searched, which may be less than was asked for' }),
  note: z.string().nullable().meta({ description: 'Why it was searched otherwise than asked; null when it was not' }),
  corrected: z
    .record(z.string(), z.array(z.string()))
    .meta({ description: 'Words that nobody uses, with those that were looked for instead', example: { recieved: ['received'] } }),
  complete: z.boolean().meta({ description: 'False when a filter by state left too little and not everything could be looked at' }),
  lag: z
    .strictObject({
      seconds: z.number().min(0).meta({ description: 'How long the oldest change has waited to be indexed' }),
      documents: z.int().min(0).meta({ description: 'Changes that wait' }),
    })
    .meta({ id: 'SearchLag', description: 'What is younger than this may be missing' }),
}
export type SearchLag = z.infer<(typeof told)['lag']>

export const notificationSearchSchema = z
  .strictObject({ items: z.array(foundNotificationSchema).meta({ description: 'Best first, at most `limit`' }), ...told })
  .meta({ id: 'NotificationSearch' })
export type NotificationSearch = z.infer<typeof notificationSearchSchema>

export const letterSearchSchema = z
  .strictObject({ items: z.array(foundLetterSchema).meta({ description: 'Best first, at most `limit`' }), ...told })
  .meta({ id: 'DeadLetterSearch' })
export type LetterSearch = z.infer<typeof letterSearchSchema>

export const documentSearchSchema = z
  .strictObject({ items: z.array(foundDocumentSchema).meta({ description: 'Best first, at most `limit`' }), ...told })
  .meta({ id: 'DocumentSearch' })
export type DocumentSearch = z.infer<typeof documentSearchSchema>

export const similarCauseSchema = causeSchema.extend({ score: found.score }).meta({ id: 'SimilarCause' })
export type SimilarCause = z.infer<typeof similarCauseSchema>

export const similarCausesSchema = z
  .strictObject({
    items: z.array(similarCauseSchema).meta({ description: 'Most alike first, at most 5, open or not' }),
    mode: told.mode,
  })
  .meta({ id: 'SimilarCauses' })
export type SimilarCauses = z.infer<typeof similarCausesSchema>
