// A person or system to notify, known by the client's own id.
import { z } from 'zod'
import { pageQuery, pageSchema } from './page.ts'
import { problemSchema } from './problem.ts'

/** Visible characters of any script: no blanks, controls or invisible formatting, so that two ids that look alike are alike. */
export const recipientIdSchema = z
  .string()
  .max(128)
  .regex(/^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u, 'must be 1 to 128 visible characters without blanks')
  .meta({ example: 'u1' })

/** Sanity, not RFC 5322: one @, nothing that could end a header or open another address. */
const emailPattern = /^[^\s@<>(),;:\\"[\]\p{C}]{1,64}@[^\s@<>(),;:\\"[\]\p{C}]{1,253}$/u

export const emailAddressSchema = z.string().max(254).regex(emailPattern, 'must be an e-mail address').meta({ example: 'ada@example.com' })

const phoneSchema = z
  .string()
  .max(32)
  .regex(/^\+?[0-9][0-9 ()./-]*$/, 'must be a phone number: digits, with + and a country code in front')
  .meta({ example: '+4930123456' })

/** BCP 47, as Intl understands it. */
const localeSchema = z
  .string()
  .max(35)
  .regex(/^[A-Za-z0-9-]+$/, { error: 'must be a language tag (BCP 47), for example en or pt-BR', abort: true })
  .refine(isLocale, 'must be a language tag (BCP 47), for example en or pt-BR')
  .meta({ example: 'en' })

const timeZoneSchema = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_+:/-]+$/, { error: 'must be an IANA time zone, for example Europe/Berlin', abort: true })
  .refine(isTimeZone, 'must be an IANA time zone, for example Europe/Berlin')
  .meta({ example: 'Europe/Berlin' })

export const attributesMaxCharacters = 16_384
export const attributesMaxDepth = 8

const attributesSchema = z
  .record(z.string().min(1).max(128), z.unknown())
  .refine((value) => depthOf(value) <= attributesMaxDepth, `must not be nested deeper than ${attributesMaxDepth} levels`)
  .refine(
    (value) => JSON.stringify(value).length <= attributesMaxCharacters,
    `must not be longer than ${attributesMaxCharacters} characters of JSON`,
  )
  .meta({ description: 'Anything that templates should know: `{{ recipient.attributes.plan }}`', example: { plan: 'pro' } })

/** What is known of a recipient besides the id. In an event, what is left out stays as it is; in a PUT, it is removed. */
export const recipientProfileFields = {
  email: emailAddressSchema.nullable().optional(),
  phone: phoneSchema.nullable().optional(),
  locale: localeSchema.nullable().optional(),
  timeZone: timeZoneSchema.nullable().optional(),
  attributes: attributesSchema.optional(),
}

export const recipientPutSchema = z
  .strictObject(recipientProfileFields)
  .meta({ id: 'RecipientPut', description: 'The whole profile: what is left out is removed' })
export type RecipientProfile = z.infer<typeof recipientPutSchema>

export const recipientBatchItemSchema = z
  .strictObject({ id: recipientIdSchema, ...recipientProfileFields })
  .meta({ id: 'RecipientBatchItem' })
export type RecipientBatchItem = z.infer<typeof recipientBatchItemSchema>

/** Items are checked one by one, so that a bad one does not refuse the others. */
export const recipientBatchSchema = z.strictObject({ recipients: z.array(z.unknown()).min(1).max(1_000) })

export const recipientBatchResultSchema = z
  .strictObject({
    items: z.array(
      z.union([
        z.strictObject({ index: z.int(), id: z.string(), status: z.enum(['created', 'updated']) }),
        z.strictObject({ index: z.int(), status: z.literal('rejected'), problem: problemSchema }),
      ]),
    ),
  })
  .meta({ id: 'RecipientBatchResult' })
export type RecipientBatchResult = z.infer<typeof recipientBatchResultSchema>

export const recipientSchema = z
  .strictObject({
    id: z.string(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    locale: z.string().nullable(),
    timeZone: z.string().nullable(),
    attributes: z.record(z.string(), z.unknown()),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Recipient' })
export type RecipientView = z.infer<typeof recipientSchema>

export const recipientParamsSchema = z.strictObject({ id: recipientIdSchema })

const momentSchema = z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time with a zone, for example 2026-01-01T00:00:00Z' })

export const recipientListQuerySchema = z.strictObject({
  ...pageQuery,
  address: z.string().min(1).max(254).optional().meta({ description: 'The exact e-mail address' }),
  from: momentSchema.optional().meta({ description: 'Made at this time or later' }),
  to: momentSchema.optional().meta({ description: 'Made before this time' }),
})
export type RecipientListQuery = z.infer<typeof recipientListQuerySchema>

export const recipientPageSchema = pageSchema(recipientSchema).meta({ id: 'RecipientPage' })

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

/** Making a formatter costs some 50 us and events name the same few zones. */
const knownZones = new Map<string, boolean>()

function isTimeZone(zone: string): boolean {
  let known = knownZones.get(zone)
  if (known === undefined) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone })
      known = true
    } catch {
      known = false
    }
    if (knownZones.size >= 1_000) knownZones.clear()
    knownZones.set(zone, known)
  }
  return known
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let deepest = 0
  for (const item of Object.values(value)) deepest = Math.max(deepest, depthOf(item))
  return deepest + 1
}
