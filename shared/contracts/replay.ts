// Replay: sends dead letters again, with a frozen selection, in steps, at a pace, and with a result.
import { z } from 'zod'
import { letterFilterSchema } from './dead-letter.ts'
import { jsonPatchSchema } from './json-patch.ts'
import { reasonSchema } from './reason.ts'

export const replayStates = ['preparing', 'running', 'completed', 'aborted', 'stopped'] as const
export type ReplayState = (typeof replayStates)[number]

const paceSchema = z.strictObject({ perSecond: z.number().positive().max(100_000) })

const canarySchema = z.strictObject({
  perCause: z.int().min(1).max(1_000).meta({ description: 'Letters of each cause that go first' }),
  steps: z
    .array(z.int().min(1).max(100_000))
    .max(8)
    .optional()
    .meta({ description: 'Letters of the steps between the canary and the rest', example: [10, 100] }),
  waitSeconds: z.int().min(0).max(3_600).optional().meta({ description: 'How long the results of a step stand before the next begins' }),
})

export const replayInputSchema = z.strictObject({
  filter: letterFilterSchema,
  pace: paceSchema.optional(),
  /** First a few letters of each cause, then wider; each step only when the one before got through. */
  canary: canarySchema.optional(),
  patch: jsonPatchSchema.optional().meta({
    description:
      'Sends an edited copy of each letter: the patch is applied to the data of a webhook, or to the rendered content of a message. Letters that it does not fit stay open and are counted as refused',
  }),
  reason: reasonSchema,
  /** Refused with 409 unless exactly so many letters match now. */
  confirmCount: z.int().min(0).optional(),
})
export type ReplayInput = z.infer<typeof replayInputSchema>

export const replayPreviewInputSchema = replayInputSchema.pick({ filter: true, pace: true, canary: true }).extend({
  staleAfterHours: z
    .number()
    .positive()
    .max(8_760)
    .optional()
    .meta({ description: 'From which age on an event counts as stale; default 6' }),
})
export type ReplayPreviewInput = z.infer<typeof replayPreviewInputSchema>

export const stageKinds = ['canary', 'step', 'rest'] as const
export type StageKind = (typeof stageKinds)[number]

export const replayPreviewSchema = z.strictObject({
  at: z.iso.datetime().meta({ description: 'When this was counted; letters that come later are not part of a replay started now' }),
  total: z.int(),
  claimed: z.int().meta({ description: 'Letters that match, but that another replay has claimed' }),
  causes: z.array(z.strictObject({ causeId: z.string(), title: z.string(), count: z.int() })),
  channels: z.array(z.strictObject({ channel: z.string().nullable(), count: z.int() })),
  oldestAt: z.iso.datetime().nullable(),
  newestAt: z.iso.datetime().nullable(),
  /** By the pace and the waits asked for; null without a pace: as fast as the lanes let it. */
  estimatedSeconds: z.number().nullable(),
  stages: z.array(z.strictObject({ kind: z.enum(stageKinds), size: z.int() })),
  duplicates: z
    .strictObject({
      maybeSent: z.int().meta({ description: 'Sent before, and no answer came' }),
      sentOtherwise: z.int().meta({ description: 'Another delivery of the same message went through, or may have' }),
      total: z.int().meta({ description: 'Either; leave them out with `repeats: "leave-out"`' }),
    })
    .meta({ description: 'Letters whose receiver may get a duplicate' }),
  stale: z.strictObject({
    before: z.iso.datetime().meta({ description: 'Leave them out with `acceptedFrom`' }),
    count: z.int().meta({ description: 'Their event was accepted before that' }),
    expired: z.int().meta({ description: 'Would be cancelled: the event has expired. Leave them out with `expired: "leave-out"`' }),
  }),
  load: z
    .array(
      z.strictObject({
        queue: z.string(),
        servicePerSecond: z.number().meta({ description: 'What the queue does now' }),
        withReplayPerSecond: z.number().nullable().meta({ description: 'With this pace; null without one' }),
        concurrency: z.int(),
        waiting: z.int(),
        paused: z.boolean(),
      }),
    )
    .meta({ description: 'Of the queues that the letters would go through' }),
})
export type ReplayPreview = z.infer<typeof replayPreviewSchema>

export const replayStageSchema = z.strictObject({
  round: z.int().meta({ description: 'Grows by 1 with each resumption, which begins with the canary again' }),
  kind: z.enum(stageKinds),
  size: z.int(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  sent: z.int(),
  fixed: z.int(),
  failedAgain: z.int().meta({ description: 'Died again, by whatever cause' }),
  newCause: z.int().meta({ description: 'Of those: by another cause than before' }),
  waiting: z.int().meta({ description: 'Sent, and no result yet' }),
})
export type ReplayStage = z.infer<typeof replayStageSchema>

export const replaySchema = z.strictObject({
  id: z.string(),
  state: z.enum(replayStates),
  /** Letters in the selection; grows while preparing. */
  total: z.int(),
  sent: z.int(),
  fixed: z.int(),
  failedAgain: z.int(),
  newCause: z.int().meta({ description: 'Of failedAgain: by another cause than before' }),
  refused: z.int().meta({ description: 'Letters that the patch did not fit; they stay open' }),
  reason: z.string(),
  stopReason: z.string().nullable(),
  startedBy: z.string(),
  filter: letterFilterSchema,
  pace: z.strictObject({ perSecond: z.number() }).nullable(),
  canary: z.strictObject({ perCause: z.int(), steps: z.array(z.int()), waitSeconds: z.int() }).nullable(),
  patch: jsonPatchSchema.nullable(),
  stages: z.array(replayStageSchema).meta({ description: 'Begun so far' }),
  ahead: z.array(z.strictObject({ kind: z.enum(stageKinds), size: z.int() })).meta({ description: 'Still to come' }),
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

export const patchPreviewInputSchema = z.strictObject({ patch: jsonPatchSchema }).meta({ id: 'PatchPreviewInput' })

const changeSchema = z.strictObject({
  path: z.string(),
  kind: z.enum(['added', 'removed', 'changed']),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
})

export const patchPreviewSchema = z
  .strictObject({
    total: z.int().meta({ description: 'Open letters of the cause that no replay has claimed' }),
    checked: z.int().meta({ description: 'The newest of them that the patch was tried on, at most 5,000' }),
    applicable: z.int(),
    failing: z.int(),
    problems: z
      .array(z.strictObject({ message: z.string(), count: z.int() }))
      .meta({ description: 'Why it does not fit, most letters first' }),
    sample: z
      .array(z.strictObject({ letterId: z.string(), changes: z.array(changeSchema), problem: z.string().nullable() }))
      .meta({ description: 'Ten letters, with what would change in each' }),
  })
  .meta({ id: 'PatchPreview' })
export type PatchPreview = z.infer<typeof patchPreviewSchema>
