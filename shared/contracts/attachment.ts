// Files that events refer to. The bytes never pass through JSON: clients send and fetch them at signed URLs.
import { z } from 'zod'
import { lineSchema } from './event.ts'
import { filterTextSchema, periodFilter } from './list-filters.ts'
import { pageQuery, pageSchema } from './page.ts'
import { recipientIdSchema } from './recipient.ts'

export const attachmentStates = ['created', 'uploading', 'checking', 'ready', 'rejected'] as const
export type AttachmentState = (typeof attachmentStates)[number]

const id = z.string().meta({ example: 'att_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' })

/** A name, not a path; what mail headers and file systems choke on is refused. */
const filenameSchema = lineSchema(255)
  .regex(/^[^/\\]*$/, 'must be a name without / and \\')
  .regex(/[^.\s]/, 'must have more than dots and blanks')
  .refine((name) => name.isWellFormed(), 'must be well-formed text')
  .meta({ example: 'invoice-4711.pdf' })

export const mediaTypePattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i

const contentTypeSchema = z
  .string()
  .regex(mediaTypePattern, 'must be a media type without parameters, for example application/pdf')
  .toLowerCase()
  .meta({ example: 'application/pdf' })

export const attachmentCreateSchema = z
  .strictObject({
    filename: filenameSchema,
    contentType: contentTypeSchema,
    size: z.int().min(1).meta({ description: 'In bytes, exactly', example: 48_213 }),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits')
      .toLowerCase()
      .optional()
      .meta({ description: 'Checked against the bytes when it is given' }),
    recipientId: recipientIdSchema.optional().meta({
      description: 'Whose file this is: deleted with the recipient, as are files without it that nobody else ever got',
      example: 'u1',
    }),
    modifiedAt: z.iso
      .datetime()
      .optional()
      .meta({ description: 'When it was last changed where it lies: a client that takes up the upload again knows the same file by it' }),
  })
  .meta({ id: 'AttachmentCreate' })
export type AttachmentCreate = z.infer<typeof attachmentCreateSchema>

export const attachmentPartsMax = 10_000

export const attachmentUploadSchema = z
  .strictObject({
    url: z.string().optional().meta({ description: 'Where the bytes go, in one piece' }),
    method: z.enum(['PUT', 'POST']).meta({ description: '`POST`: a form with `fields`, the file last, named `file`' }),
    headers: z.record(z.string(), z.string()).optional(),
    fields: z.record(z.string(), z.string()).optional(),
    partSize: z.int().optional().meta({ description: 'Bytes of each part but the last' }),
    parts: z
      .array(z.strictObject({ number: z.int(), url: z.string() }))
      .optional()
      .meta({
        description: 'Large files: each part by `PUT` to its own URL, in any order, as often as needed; keep the `ETag` of each answer',
      }),
  })
  .meta({ id: 'AttachmentUpload' })
export type AttachmentUpload = z.infer<typeof attachmentUploadSchema>

export const attachmentCreatedSchema = z
  .strictObject({
    id,
    upload: attachmentUploadSchema,
    expiresAt: z.iso.datetime().meta({ description: 'When the upload URLs end' }),
  })
  .meta({ id: 'AttachmentCreated' })
export type AttachmentCreated = z.infer<typeof attachmentCreatedSchema>

export const attachmentResumedSchema = z
  .strictObject({
    id,
    upload: attachmentUploadSchema,
    received: z.array(z.strictObject({ number: z.int(), size: z.int(), etag: z.string() })).meta({
      description:
        'Parts that have arrived: `complete` takes these etags. An etag is the MD5 of its part, unless the object store encrypts',
    }),
    missingBytes: z.int().meta({ description: '0: all of it has arrived, complete it' }),
    expiresAt: z.iso.datetime().meta({ description: 'When the upload URLs end' }),
  })
  .meta({ id: 'AttachmentResumed' })
export type AttachmentResumed = z.infer<typeof attachmentResumedSchema>

export const attachmentCompleteSchema = z
  .strictObject({
    parts: z
      .array(z.strictObject({ number: z.int().min(1).max(attachmentPartsMax), etag: z.string().min(1).max(200) }))
      .min(1)
      .max(attachmentPartsMax)
      .optional()
      .meta({ description: 'The `ETag` of every part, when the upload has parts' }),
  })
  .meta({ id: 'AttachmentComplete' })
export type AttachmentComplete = z.infer<typeof attachmentCompleteSchema>

export const attachmentCheckSchema = z.strictObject({
  name: z.enum(['size', 'sha256', 'type', 'malware']),
  outcome: z.enum(['passed', 'failed', 'skipped']),
  detail: z.string(),
})
export type AttachmentCheck = z.infer<typeof attachmentCheckSchema>

export const attachmentSummarySchema = z
  .strictObject({
    id,
    masked: z.boolean().meta({ description: 'Name, hash and bytes are hidden from people who may only look' }),
    filename: z.string().meta({ example: 'invoice-4711.pdf' }),
    contentType: z.string().meta({ example: 'application/pdf' }),
    size: z.int().meta({ example: 48_213 }),
    sha256: z.string().nullable(),
    state: z.enum(attachmentStates).meta({ example: 'ready' }),
    reason: z.string().nullable().meta({ description: 'Why it was rejected, or what its check waits for' }),
    recipientId: z.string().nullable(),
    modifiedAt: z.iso.datetime().nullable().meta({ description: 'As announced' }),
    hasThumbnail: z.boolean(),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
    readyAt: z.iso.datetime().nullable(),
    uploadUntil: z.iso.datetime(),
  })
  .meta({ id: 'AttachmentSummary' })
export type AttachmentSummary = z.infer<typeof attachmentSummarySchema>

export const attachmentSchema = attachmentSummarySchema
  .extend({
    url: z
      .string()
      .nullable()
      .meta({ description: 'The bytes, without a credential, for five minutes; null while it is not ready, and where it is masked' }),
    checks: z.array(attachmentCheckSchema),
    usedBy: z.strictObject({
      eventIds: z.array(z.string()).meta({ description: 'The newest 20' }),
      more: z.boolean(),
    }),
  })
  .meta({ id: 'Attachment' })
export type AttachmentView = z.infer<typeof attachmentSchema>

export const attachmentPageSchema = pageSchema(attachmentSummarySchema).meta({ id: 'AttachmentPage' })

export const attachmentListQuerySchema = z.strictObject({
  ...pageQuery,
  state: z.enum(attachmentStates).optional(),
  recipient: recipientIdSchema.optional().meta({ description: 'Only files of this recipient' }),
  q: filterTextSchema
    .optional()
    .meta({ description: 'Part of the name, or of the media type; for people who may only look of the media type alone' }),
  ...periodFilter,
})
export type AttachmentListQuery = z.infer<typeof attachmentListQuerySchema>

export const attachmentParamsSchema = z.strictObject({ id: z.string() })

/** What receivers of a webhook and readers of an inbox get of a file. */
export const attachmentLinkSchema = z
  .strictObject({
    id,
    filename: z.string(),
    contentType: z.string(),
    size: z.int(),
    sha256: z.string().nullable(),
    url: z.string().nullable().meta({ description: 'Works without a credential until `expiresAt`; null when the file is gone' }),
    expiresAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'AttachmentLink' })
export type AttachmentLink = z.infer<typeof attachmentLinkSchema>
