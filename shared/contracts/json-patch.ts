// JSON Patch (RFC 6902) as it comes in.
import { z } from 'zod'

/** Empty, or each part begins with a slash; ~ only as ~0 and ~1 (RFC 6901). */
const pointerSchema = z
  .string()
  .max(1_000)
  .regex(/^(\/([^~/]|~[01])*)*$/, 'must be a JSON Pointer: /user/name')

/** Anything but nothing: a missing value would be written as none. */
const valueSchema = z.unknown().refine((value) => value !== undefined, { error: 'is missing' })

export const patchOperationSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('add'), path: pointerSchema, value: valueSchema }),
  z.strictObject({ op: z.literal('remove'), path: pointerSchema }),
  z.strictObject({ op: z.literal('replace'), path: pointerSchema, value: valueSchema }),
  z.strictObject({ op: z.literal('move'), from: pointerSchema, path: pointerSchema }),
  z.strictObject({ op: z.literal('copy'), from: pointerSchema, path: pointerSchema }),
  z.strictObject({ op: z.literal('test'), path: pointerSchema, value: valueSchema }),
])

export const jsonPatchSchema = z.array(patchOperationSchema).min(1).max(100).meta({ description: 'RFC 6902' })
