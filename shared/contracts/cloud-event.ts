// CloudEvents 1.0 (https://github.com/cloudevents/spec), structured (application/cloudevents+json) and binary (ce-* headers).
// type, source, subject, time and data map over; recipients (ids, comma-separated) and audience are extension attributes.
import { z } from 'zod'
import { eventTypeSchema } from './event.ts'

const attribute = z.string().min(1).max(1_024)

const attributes = {
  specversion: z.literal('1.0'),
  id: attribute,
  source: attribute,
  type: eventTypeSchema,
  subject: attribute.optional(),
  time: z.iso.datetime({ offset: true }).optional(),
  datacontenttype: attribute.optional(),
  dataschema: attribute.optional(),
  recipients: z.string().max(65_536).optional(),
  audience: attribute.optional(),
}

/** Extension attributes that we do not know are allowed by the standard, lower-case letters and digits, and are ignored. */
export const cloudEventSchema = z
  .object({
    ...attributes,
    data: z.unknown().optional(),
    data_base64: z
      .never({ error: 'binary data is not supported: send JSON' })
      .meta({ type: 'string', not: {}, description: 'Not supported: send JSON' })
      .optional(),
  })
  .catchall(z.union([z.string(), z.number(), z.boolean()]))
export type CloudEvent = z.infer<typeof cloudEventSchema>

/** A CloudEvent as the input of POST /events; still to be validated by eventInputSchema. */
export function cloudEventToInput(event: CloudEvent): Record<string, unknown> {
  const recipients = (event.recipients ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter(Boolean)
  const data = event.data === undefined || event.data === null ? {} : event.data
  return {
    type: event.type,
    source: event.source,
    ...(event.subject === undefined ? {} : { subject: event.subject }),
    ...(event.audience === undefined ? {} : { audience: event.audience }),
    recipients,
    data: typeof data === 'object' && !Array.isArray(data) ? data : { value: data },
  }
}
