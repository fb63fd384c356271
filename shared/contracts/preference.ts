// What a recipient wants, per workflow and channel, and when it must be quiet.
import { z } from 'zod'
import { workflowKeySchema } from './workflow.ts'

/** Webhooks are not here: endpoints are subscribed by event type, not by what a person prefers. */
export const preferenceChannels = ['email', 'in-app', 'sms', 'push', 'chat'] as const

const channelsSchema = z
  .partialRecord(z.enum(preferenceChannels), z.boolean())
  .meta({ description: 'false = not on this channel; what is left out is wanted', example: { email: false } })

const clockSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day from 00:00 to 23:59')

export const quietHoursSchema = z
  .strictObject({ from: clockSchema, to: clockSchema })
  .refine((hours) => hours.from !== hours.to, 'must not begin and end at the same time')
  .meta({
    description: "In the recipient's time zone, UTC when none is known. Mails wait until `to`; they are never dropped.",
    example: { from: '22:00', to: '07:00' },
  })

const workflowPreferenceSchema = z.strictObject({ enabled: z.boolean().optional(), channels: channelsSchema.optional() })

export const preferenceSchema = z
  .strictObject({
    channels: channelsSchema.optional(),
    workflows: z
      .record(workflowKeySchema, workflowPreferenceSchema)
      .refine((workflows) => Object.keys(workflows).length <= 200, 'must not name more than 200 workflows')
      .optional(),
    quietHours: quietHoursSchema.nullable().optional(),
  })
  .meta({
    id: 'Preferences',
    description:
      'The narrower rule wins: a workflow on a channel, then the workflow, then the channel. Critical workflows go out whatever is said here.',
  })
export type Preference = z.infer<typeof preferenceSchema>

export const preferenceViewSchema = z
  .strictObject({
    channels: channelsSchema,
    workflows: z.record(z.string(), workflowPreferenceSchema),
    quietHours: z.strictObject({ from: z.string(), to: z.string() }).nullable(),
  })
  .meta({ id: 'PreferencesView' })
export type PreferenceView = z.infer<typeof preferenceViewSchema>
