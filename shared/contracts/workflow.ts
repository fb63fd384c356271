// Workflows: what to send when an event type arrives. A draft is changed freely; what is published never changes.
import { z } from 'zod'
import { eventTypeSchema, lineSchema } from './event.ts'
import { recipientIdSchema, recipientProfileFields } from './recipient.ts'

export const workflowKeySchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 of a-z 0-9 _ - and begin with a letter or digit')
const stepIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -')

const longText = z.string().max(500_000)

export const emailTemplateSchema = z
  .strictObject({ subject: lineSchema(998), html: longText.optional(), text: longText.optional() })
  .refine((template) => template.html !== undefined || template.text !== undefined, { error: 'needs html, text, or both' })

export const inAppTemplateSchema = z.strictObject({ title: z.string().min(1).max(2_000), body: z.string().max(20_000).optional(), url: z.string().max(4_000).optional() })

export const stepSchema = z.discriminatedUnion('channel', [
  z.strictObject({ id: stepIdSchema, type: z.literal('channel'), channel: z.literal('email'), template: emailTemplateSchema }),
  z.strictObject({ id: stepIdSchema, type: z.literal('channel'), channel: z.literal('in-app'), template: inAppTemplateSchema }),
])
export type WorkflowStep = z.infer<typeof stepSchema>

export const workflowInputSchema = z
  .strictObject({
    name: lineSchema(200),
    eventType: eventTypeSchema,
    /** Goes out whatever the recipient's preferences and quiet hours say. */
    critical: z.boolean().default(false),
    email: z.strictObject({ from: lineSchema(320).optional(), replyTo: lineSchema(320).optional() }).default({}),
    steps: z.array(stepSchema).min(1).max(50),
  })
  .superRefine((workflow, context) => {
    const seen = new Set<string>()
    workflow.steps.forEach((step, i) => {
      if (seen.has(step.id)) context.addIssue({ code: 'custom', path: ['steps', i, 'id'], message: `there is another step ${step.id}` })
      seen.add(step.id)
    })
  })
export type WorkflowInput = z.infer<typeof workflowInputSchema>

export const workflowSchema = z.strictObject({
  key: z.string(),
  name: z.string(),
  eventType: z.string(),
  critical: z.boolean(),
  email: z.strictObject({ from: z.string().optional(), replyTo: z.string().optional() }),
  steps: z.array(stepSchema),
  draftVersion: z.int(),
  publishedVersion: z.int().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
})
export type WorkflowView = z.infer<typeof workflowSchema>

/** Who and what a preview or a test is for. */
export const previewInputSchema = z.strictObject({
  data: z.record(z.string(), z.unknown()).default({}),
  recipient: z.strictObject({ id: recipientIdSchema.optional(), ...recipientProfileFields }).default({}),
  /** draft (default) or the published version. */
  version: z.enum(['draft', 'published']).default('draft'),
})

export const previewSchema = z.strictObject({
  steps: z.array(
    z.strictObject({
      id: z.string(),
      channel: z.enum(['email', 'in-app']),
      content: z.record(z.string(), z.unknown()).nullable(),
      error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
})

export const testInputSchema = z.strictObject({ recipient: z.strictObject({ id: recipientIdSchema, ...recipientProfileFields }), data: z.record(z.string(), z.unknown()).default({}) })
