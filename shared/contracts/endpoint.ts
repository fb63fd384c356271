// A customer's webhook URL, subscribed to event types.
import { z } from 'zod'
import { lineSchema } from './event.ts'
import { pageQuery, pageSchema } from './page.ts'

/** An exact type, a prefix ending in `.*`, or `*`. */
export const eventTypePatternSchema = z
  .string()
  .max(128)
  .regex(/^(\*|[A-Za-z0-9._-]+(\.\*)?)$/, 'must be an event type, a prefix ending in .*, or *')
  .meta({ example: 'pull_request.*' })

/** Seconds before each retry. */
const retryScheduleSchema = z
  .array(z.number().min(0).max(31_536_000))
  .max(50)
  .meta({ description: 'Seconds before each retry; [] = one attempt, null = the default schedule', example: [5, 300] })

const endpointFields = {
  url: z
    .string()
    .min(1)
    .max(2_048)
    .meta({ example: 'https://example.com/hooks', description: 'http or https. Private addresses are refused unless they were allowed.' }),
  eventTypes: z
    .array(eventTypePatternSchema)
    .min(1)
    .max(100)
    .transform((types) => [...new Set(types)]),
  description: z.string().max(500),
  audience: lineSchema(128)
    .nullable()
    .meta({ description: 'With one, only events of the same audience; without, all', example: 'customer-42' }),
  retrySchedule: retryScheduleSchema.nullable(),
  headers: z
    .record(z.string().min(1).max(128), z.string().max(4_096))
    .refine((headers) => Object.keys(headers).length <= 20, 'must not have more than 20 headers')
    .refine(
      (headers) => new Set(Object.keys(headers).map((name) => name.toLowerCase())).size === Object.keys(headers).length,
      'must not name a header twice',
    )
    .meta({ description: 'Added to every webhook', example: { 'x-team': 'billing' } }),
}

export const endpointCreateSchema = z
  .strictObject({
    url: endpointFields.url,
    eventTypes: endpointFields.eventTypes,
    description: endpointFields.description.default(''),
    audience: endpointFields.audience.default(null),
    retrySchedule: endpointFields.retrySchedule.default(null),
    headers: endpointFields.headers.default({}),
  })
  .meta({ id: 'EndpointCreate' })
export type EndpointCreate = z.infer<typeof endpointCreateSchema>

export const endpointUpdateSchema = z
  .strictObject({
    url: endpointFields.url.optional(),
    eventTypes: endpointFields.eventTypes.optional(),
    description: endpointFields.description.optional(),
    audience: endpointFields.audience.optional(),
    retrySchedule: endpointFields.retrySchedule.optional(),
    headers: endpointFields.headers.optional(),
  })
  .meta({ id: 'EndpointUpdate', description: 'What is left out stays as it is' })
export type EndpointUpdate = z.infer<typeof endpointUpdateSchema>

export const endpointDisabledReasons = ['gone', 'failing', 'operator'] as const
export type EndpointDisabledReason = (typeof endpointDisabledReasons)[number]

const endpointViewFields = {
  id: z.string().meta({ example: 'end_0192f3a07c4e7b0f8a53b1d2c3e4f506' }),
  url: z.string(),
  eventTypes: z.array(z.string()),
  description: z.string(),
  audience: z.string().nullable(),
  retrySchedule: z.array(z.number()).nullable(),
  headers: z.record(z.string(), z.string()),
  state: z.enum(['enabled', 'disabled']),
  disabledReason: z
    .enum(endpointDisabledReasons)
    .nullable()
    .meta({ description: 'gone: it answered 410. failing: every attempt failed for five days. operator: somebody did it.' }),
  disabledAt: z.iso.datetime().nullable(),
  failingSince: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
}

export const endpointSchema = z.strictObject(endpointViewFields).meta({ id: 'Endpoint' })
export type EndpointView = z.infer<typeof endpointSchema>

const secretField = z.string().meta({
  description: 'Verifies signatures (Standard Webhooks). Shown here and never again.',
  example: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
})

export const endpointWithSecretSchema = z.strictObject({ ...endpointViewFields, secret: secretField }).meta({ id: 'EndpointWithSecret' })
export type EndpointWithSecret = z.infer<typeof endpointWithSecretSchema>

export const endpointParamsSchema = z.strictObject({
  id: z
    .string()
    .regex(/^end_[0-9a-f]{32}$/)
    .meta({ example: 'end_0192f3a07c4e7b0f8a53b1d2c3e4f506' }),
})
export const endpointListQuerySchema = z.strictObject({
  ...pageQuery,
  state: z.enum(['enabled', 'disabled']).optional(),
  audience: z.string().min(1).max(128).optional().meta({ description: 'Endpoints of this audience' }),
})
export type EndpointListQuery = z.infer<typeof endpointListQuerySchema>
export const endpointPageSchema = pageSchema(endpointSchema).meta({ id: 'EndpointPage' })

export const keepOldSecretDefaultSeconds = 86_400

export const endpointRotateSchema = z
  .strictObject({
    keepOldSeconds: z.int().min(0).max(604_800).default(keepOldSecretDefaultSeconds).meta({
      description: 'How long webhooks are signed with the old secret too, so that receivers can change over. 0 when it has leaked.',
    }),
  })
  .meta({ id: 'EndpointRotate' })

export const endpointSwitchSchema = z
  .strictObject({ reason: z.string().trim().min(1).max(500).optional().meta({ description: 'For the audit log' }) })
  .meta({ id: 'EndpointSwitch' })
export type EndpointSwitch = z.infer<typeof endpointSwitchSchema>

export const endpointTestSchema = z
  .strictObject({
    type: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,128}$/)
      .default('signalbox.test'),
    data: z.record(z.string(), z.unknown()).default({ message: 'A test from Signalbox' }),
  })
  .meta({ id: 'EndpointTest' })
export type EndpointTest = z.infer<typeof endpointTestSchema>

export const endpointTestResultSchema = z
  .strictObject({
    outcome: z.enum(['delivered', 'retry', 'give-up', 'maybe-sent']).meta({ description: 'What a delivery would do with this answer' }),
    statusCode: z.int().nullable(),
    durationMs: z.int(),
    error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'EndpointTestResult' })
export type EndpointTestResult = z.infer<typeof endpointTestResultSchema>
