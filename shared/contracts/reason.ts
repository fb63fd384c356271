// What changes production says why; the reason stands in the audit.
import { z } from 'zod'
import { lineSchema } from './event.ts'

export const reasonSchema = lineSchema(500).meta({ description: 'Why; stands in the audit', example: 'customer asked for it, ticket 4711' })

/** The body of actions that programs do as well: a person says why, a program may. */
export const optionalReasonSchema = z.strictObject({ reason: reasonSchema.optional() }).meta({ id: 'OptionalReason' })

/** The body of actions that need nothing but a reason. */
export const reasonInputSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'Reason' })
