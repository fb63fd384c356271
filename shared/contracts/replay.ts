// Replay: sends dead letters again, with a frozen selection, a pace and a result.
import { z } from 'zod'
import { lineSchema } from './event.ts'
import { letterFilterSchema } from './dead-letter.ts'

export const replayStates = ['preparing', 'running', 'completed', 'aborted', 'stopped'] as const
export type ReplayState = (typeof replayStates)[number]

export const reasonSchema = lineSchema(500)

export const replayInputSchema = z.strictObject({
  filter: letterFilterSchema,
  pace: z.strictObject({ perSecond: z.number().positive().max(100_000) }).optional(),
  /** First this many letters of each cause; the rest only when all of them got through. */
  canary: z.strictObject({ perCause: z.int().min(1).max(1_000) }).optional(),
  reason: reasonSchema,
  /** Refused with 409 unless exactly so many letters match now. */
  confirmCount: z.int().min(0).optional(),
})
export type ReplayInput = z.infer<typeof replayInputSchema>

export const replayPreviewInputSchema = replayInputSchema.pick({ filter: true, pace: true, canary: true })

export const replayPreviewSchema = z.strictObject({
  total: z.int(),
  causes: z.array(z.strictObject({ causeId: z.string(), title: z.string(), count: z.int() })),
  channels: z.array(z.strictObject({ channel: z.string().nullable(), count: z.int() })),
  oldestAt: z.iso.datetime().nullable(),
  newestAt: z.iso.datetime().nullable(),
  /** By the pace asked for; null without one: as fast as the lanes let it. */
  estimatedSeconds: z.number().nullable(),
})
export type ReplayPreview = z.infer<typeof replayPreviewSchema>

export const replaySchema = z.strictObject({
  id: z.string(),
  state: z.enum(replayStates),
  /** Letters in the selection; grows while preparing. */
  total: z.int(),
  sent: z.int(),
  fixed: z.int(),
  failedAgain: z.int(),
  reason: z.string(),
  stopReason: z.string().nullable(),
  startedBy: z.string(),
  filter: letterFilterSchema,
  pace: z.strictObject({ perSecond: z.number() }).nullable(),
  canary: z.strictObject({ perCause: z.int() }).nullable(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
})
export type ReplayView = z.infer<typeof replaySchema>

/** PATCH /dead-letters/{id}: an edited copy is sent as a new, linked delivery; the original is replaced. */
export const letterEditSchema = z
  .strictObject({
    /** For webhooks: the body's data. */
    data: z.record(z.string(), z.unknown()).optional(),
    /** For mail and inbox messages: the rendered content. */
    content: z
      .strictObject({
        subject: z.string().max(998).optional(),
        html: z.string().max(500_000).optional(),
        text: z.string().max(500_000).optional(),
        title: z.string().max(500).optional(),
        body: z.string().max(20_000).optional(),
        url: z.string().max(2_000).nullable().optional(),
      })
      .optional(),
    reason: reasonSchema,
  })
  .refine((edit) => (edit.data === undefined) !== (edit.content === undefined), {
    error: 'give data (webhooks) or content (mail, inbox), not both',
  })
export type LetterEdit = z.infer<typeof letterEditSchema>
