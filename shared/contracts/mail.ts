// What the built-in mail catcher took.
import { z } from 'zod'
import { pageQuery, pageSchema } from './page.ts'

export const mailAttachmentSchema = z
  .strictObject({
    filename: z.string().nullable(),
    contentType: z.string(),
    size: z.int().min(0).meta({ description: 'Bytes' }),
    sha256: z.string().meta({ description: 'Hexadecimal' }),
  })
  .meta({ id: 'MailAttachment' })

export const mailSchema = z
  .strictObject({
    id: z.string().meta({ example: 'mail_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
    from: z.string(),
    to: z.array(z.string()).meta({ description: 'Addresses of the envelope' }),
    subject: z.string(),
    text: z.string(),
    html: z.string().nullable(),
    headers: z
      .record(z.string(), z.union([z.string(), z.array(z.string())]))
      .meta({ description: 'Lower-case names; a list where a name came more than once' }),
    attachments: z.array(mailAttachmentSchema),
    deliveryId: z
      .string()
      .nullable()
      .meta({ description: 'The delivery that it was, known by its Message-ID', example: 'dlv_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
    receivedAt: z.iso.datetime(),
    masked: z.boolean().meta({ description: 'Addresses, subject and content are masked: the caller may only look' }),
  })
  .meta({ id: 'Mail' })
export type Mail = z.infer<typeof mailSchema>

export const mailPageSchema = pageSchema(mailSchema).meta({ id: 'MailPage' })

const filter = z.string().min(1).max(320).optional()

export const mailListQuerySchema = z.strictObject({
  ...pageQuery,
  to: filter.meta({ description: 'Only mail to this address' }),
  recipient: filter.meta({ description: 'Only mail to this recipient: its id, or its address' }),
  subject: filter.meta({ description: 'Only mail whose subject has this in it' }),
})
export type MailListQuery = z.infer<typeof mailListQuerySchema>

export const mailParamsSchema = z.strictObject({ id: z.string() })
