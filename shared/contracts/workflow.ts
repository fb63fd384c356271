// Workflows: what to send when an event type arrives. A draft is changed freely; what is published never changes.
import { z } from 'zod'
import { eventTypeSchema, lineSchema } from './event.ts'
import { pageQuery, pageSchema } from './page.ts'
import { reasonSchema } from './reason.ts'
import { emailAddressSchema, recipientIdSchema, recipientProfileFields } from './recipient.ts'

export const workflowKeySchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 of a-z 0-9 _ -, beginning with a letter or digit')
  .meta({ example: 'pull-request-opened' })

const stepIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -, beginning with a letter or digit')

/** `a@b.c` or `Name <a@b.c>`. */
const mailboxSchema = lineSchema(320)
  .refine((text) => {
    const named = /^[^<>@]{1,128}<([^<>]+)>$/.exec(text)
    return emailAddressSchema.safeParse(named ? named[1] : text).success
  }, 'must be an address, or a name with an address: Signalbox <hello@example.com>')
  .meta({ example: 'Signalbox <hello@example.com>' })

const lineTemplateSchema = z.string().min(1).max(2_000)

export const emailTemplateSchema = z
  .strictObject({
    subject: lineTemplateSchema.meta({ example: '{{ data.title }}' }),
    html: z.string().min(1).max(262_144).optional(),
    text: z.string().min(1).max(262_144).optional(),
  })
  .refine((template) => template.html !== undefined || template.text !== undefined, 'must have html, text or both')
  .meta({ id: 'EmailTemplate', description: 'Liquid. What `html` puts out is escaped.' })
export type EmailTemplate = z.infer<typeof emailTemplateSchema>

export const inAppTemplateSchema = z
  .strictObject({
    title: lineTemplateSchema.meta({ example: '{{ data.title }}' }),
    body: z.string().max(20_000).optional(),
    url: z
      .string()
      .max(4_000)
      .optional()
      .meta({ description: 'http, https or mailto; anything else becomes null', example: '{{ data.url }}' }),
  })
  .meta({ id: 'InAppTemplate', description: 'Liquid. Plain text: whoever shows it escapes it.' })
export type InAppTemplate = z.infer<typeof inAppTemplateSchema>

const stepBase = { id: stepIdSchema, type: z.literal('channel') }

export const stepSchema = z
  .discriminatedUnion('channel', [
    z.strictObject({ ...stepBase, channel: z.literal('email'), template: emailTemplateSchema }),
    z.strictObject({ ...stepBase, channel: z.literal('in-app'), template: inAppTemplateSchema }),
  ])
  .meta({ id: 'WorkflowStep' })
export type WorkflowStep = z.infer<typeof stepSchema>

const definitionFields = {
  name: lineSchema(200).meta({ example: 'Pull request opened' }),
  eventType: eventTypeSchema.meta({ example: 'pull_request.opened' }),
  critical: z.boolean().default(false).meta({ description: 'Goes out whatever recipients prefer, also in quiet hours' }),
  email: z
    .strictObject({ from: mailboxSchema.optional(), replyTo: mailboxSchema.optional() })
    .default({})
    .meta({ description: 'Without `from`, MAIL_FROM sends' }),
  steps: z
    .array(stepSchema)
    .min(1)
    .max(50)
    .superRefine((steps, context) => {
      const seen = new Set<string>()
      steps.forEach((step, i) => {
        if (seen.has(step.id)) context.addIssue({ code: 'custom', path: [i, 'id'], message: `there is another step ${step.id}` })
        seen.add(step.id)
      })
    }),
}

const expectedDraftVersion = z.int().min(0).optional().meta({
  description: 'Refused with 409 unless the draft is of this version now; 0 = unless there is none. Without it, what is there is replaced',
})

export const workflowPutSchema = z
  .strictObject({ ...definitionFields, expectedDraftVersion, reason: reasonSchema.optional() })
  .meta({ id: 'WorkflowPut', description: 'The whole draft' })
export type WorkflowPut = z.infer<typeof workflowPutSchema>
/** A definition: what a draft holds, and what is published of it. */
export type WorkflowInput = Omit<WorkflowPut, 'expectedDraftVersion' | 'reason'>

export const workflowPublishSchema = z
  .strictObject({ expectedDraftVersion, reason: reasonSchema.optional() })
  .meta({ id: 'WorkflowPublish' })
export type WorkflowPublish = z.infer<typeof workflowPublishSchema>

export const workflowSchema = z
  .strictObject({
    key: z.string(),
    name: z.string(),
    eventType: z.string(),
    critical: z.boolean(),
    email: z.strictObject({ from: z.string().optional(), replyTo: z.string().optional() }),
    steps: z.array(stepSchema),
    draftVersion: z.int(),
    publishedVersion: z.int().nullable().meta({ description: 'What events go through now; null = nothing' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Workflow', description: 'The draft, and which version is published' })
export type WorkflowView = z.infer<typeof workflowSchema>

export const publishedWorkflowSchema = workflowSchema
  .pick({ key: true, name: true, eventType: true, critical: true, email: true, steps: true })
  .extend({ version: z.int(), publishedAt: z.iso.datetime() })
  .meta({ id: 'PublishedWorkflow', description: 'What events go through now' })
export type PublishedWorkflowView = z.infer<typeof publishedWorkflowSchema>

export const workflowPageSchema = pageSchema(workflowSchema).meta({ id: 'WorkflowPage' })
export const workflowParamsSchema = z.strictObject({ key: workflowKeySchema })
export const workflowListQuerySchema = z.strictObject({
  ...pageQuery,
  eventType: eventTypeSchema.optional().meta({ description: 'Drafts for this type' }),
})
export type WorkflowListQuery = z.infer<typeof workflowListQuerySchema>

const dataSchema = z.record(z.string(), z.unknown()).default({})
/** Who and what a preview is for. */
export const previewInputSchema = z
  .strictObject({
    data: dataSchema,
    recipient: z
      .strictObject({ id: recipientIdSchema.optional(), ...recipientProfileFields })
      .default({})
      .meta({ description: 'One made up for this preview; nothing is stored' }),
    version: z.enum(['draft', 'published']).default('draft'),
    steps: definitionFields.steps.optional().meta({ description: 'Steps that were not saved yet, instead of those of the version' }),
  })
  .meta({ id: 'WorkflowPreviewInput' })
export type PreviewInput = z.infer<typeof previewInputSchema>

export const emailContentSchema = z
  .strictObject({ subject: z.string(), html: z.string().nullable(), text: z.string().nullable() })
  .meta({ id: 'EmailContent' })
export type EmailContent = z.infer<typeof emailContentSchema>
export const inAppContentSchema = z
  .strictObject({ title: z.string(), body: z.string(), url: z.string().nullable() })
  .meta({ id: 'InAppContent' })
export type InAppContent = z.infer<typeof inAppContentSchema>

export const previewSchema = z
  .strictObject({
    version: z.int(),
    steps: z.array(
      z.strictObject({
        id: z.string(),
        channel: z.enum(['email', 'in-app']),
        content: z.union([emailContentSchema, inAppContentSchema]).nullable(),
        error: z
          .strictObject({ code: z.string(), message: z.string() })
          .nullable()
          .meta({ description: 'Why this step cannot be rendered with this data' }),
      }),
    ),
  })
  .meta({ id: 'WorkflowPreview' })
export type Preview = z.infer<typeof previewSchema>

export const testInputSchema = z
  .strictObject({
    recipient: z.union([recipientIdSchema, z.strictObject({ id: recipientIdSchema, ...recipientProfileFields })], {
      error: 'must be the id of a recipient, or { "id": "...", "email": "..." }',
    }),
    data: dataSchema,
  })
  .meta({ id: 'WorkflowTestInput' })
