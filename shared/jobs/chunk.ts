import { z } from 'zod'

/** Payload of every job, version 1: row ids, each with the dispatch number it had. */
export const chunkSchema = z.strictObject({
  v: z.literal(1),
  rows: z
    .array(z.tuple([z.uuid(), z.int().min(1)]))
    .min(1)
    .max(500),
})
export type Chunk = z.infer<typeof chunkSchema>
