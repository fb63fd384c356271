// A named set of recipients.
import { z } from 'zod'
import { pageQuery, pageSchema } from './page.ts'
import { recipientIdSchema } from './recipient.ts'

export const topicKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'must be 1 to 128 of A-Z a-z 0-9 . _ -, beginning with a letter or digit')
  .meta({ example: 'repo-7-watchers' })

export const topicPutSchema = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .regex(/^\P{Cc}*$/u, 'must not contain control characters')
      .meta({ example: 'Watchers of repo 7' }),
  })
  .meta({ id: 'TopicPut' })
export type TopicPut = z.infer<typeof topicPutSchema>

export const topicSchema = z.strictObject({ key: z.string(), name: z.string(), createdAt: z.iso.datetime() }).meta({ id: 'Topic' })
export type TopicView = z.infer<typeof topicSchema>

export const topicMemberSchema = z.strictObject({ recipientId: z.string(), createdAt: z.iso.datetime() }).meta({ id: 'TopicMember' })
export type TopicMemberView = z.infer<typeof topicMemberSchema>

export const membershipSchema = z.strictObject({ key: z.string(), name: z.string(), joinedAt: z.iso.datetime() }).meta({ id: 'Membership' })
export type MembershipView = z.infer<typeof membershipSchema>

export const topicParamsSchema = z.strictObject({ key: topicKeySchema })
export const topicMemberParamsSchema = z.strictObject({ key: topicKeySchema, recipientId: recipientIdSchema })

export const topicListQuerySchema = z.strictObject(pageQuery)
export const topicPageSchema = pageSchema(topicSchema).meta({ id: 'TopicPage' })
export const topicMemberPageSchema = pageSchema(topicMemberSchema).meta({ id: 'TopicMemberPage' })
export const membershipPageSchema = pageSchema(membershipSchema).meta({ id: 'MembershipPage' })
