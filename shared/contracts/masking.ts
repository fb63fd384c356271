// What of payloads is masked for those who may only look.
import { z } from 'zod'
import { lineSchema } from './event.ts'
import { reasonSchema } from './reason.ts'

const namesSchema = z
  .array(lineSchema(64))
  .max(200)
  .superRefine((names, context) => {
    const seen = new Set<string>()
    names.forEach((name, at) => {
      const known = name.toLowerCase()
      if (seen.has(known)) context.addIssue({ code: 'custom', path: [at], message: `there is another ${name}` })
      seen.add(known)
    })
  })
  .meta({
    description: 'Names of fields, compared without regard to upper and lower case, wherever in a payload they stand',
    example: ['shoeSize', 'diagnosis'],
  })

export const maskingSchema = z
  .strictObject({
    names: namesSchema,
    standard: z
      .array(z.string())
      .meta({ description: 'What is masked in every workspace, as examples; texts that look like addresses or secrets are as well' }),
  })
  .meta({ id: 'Masking' })
export type Masking = z.infer<typeof maskingSchema>

export const maskingInputSchema = z.strictObject({ names: namesSchema, reason: reasonSchema }).meta({ id: 'MaskingPut' })
export type MaskingInput = z.infer<typeof maskingInputSchema>
