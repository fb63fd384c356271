import { z } from 'zod'
import { causeParamsSchema } from '../dead-letter.ts'
import { pageQuery, pageSchema } from '../page.ts'
import { reasonInputSchema, reasonSchema } from '../reason.ts'
import {
  letterEditSchema,
  patchPreviewInputSchema,
  patchPreviewSchema,
  replayInputSchema,
  replayPreviewInputSchema,
  replayPreviewSchema,
  replaySchema,
  replayStates,
} from '../replay.ts'
import { operation } from './operation.ts'

const auth = { scope: 'operate' } as const
const tags = ['Replays'] as const
const params = z.object({ id: z.string().regex(/^rpl_[0-9a-f]{32}$/) })
const letterParams = z.object({ id: z.string().regex(/^dl_[0-9a-f]{32}$/) })

export const startReplay = operation({
  method: 'POST',
  path: '/api/v1/replays',
  operationId: 'startReplay',
  summary: 'Send dead letters again',
  description:
    'The selection is frozen: letters made after the answer are not part of it. Without `pace` and `canary` it runs as fast as the lanes let it. `confirmCount` refuses with 409 when another number matches now.',
  tags,
  auth,
  idempotent: true,
  body: 'raw',
  bodySchemas: { 'application/json': replayInputSchema },
  responses: {
    202: { description: 'The replay was started', schema: replaySchema },
    409: { description: 'Another number of letters matches now, or the first request with this Idempotency-Key is still running' },
  },
})

export const previewReplay = operation({
  method: 'POST',
  path: '/api/v1/replays/preview',
  operationId: 'previewReplay',
  summary: 'Count what a replay would send',
  tags,
  auth,
  body: replayPreviewInputSchema,
  responses: { 200: { description: 'What the filter matches now', schema: replayPreviewSchema } },
})

export const listReplays = operation({
  method: 'GET',
  path: '/api/v1/replays',
  operationId: 'listReplays',
  summary: 'List replays, newest first',
  tags,
  auth: { scope: 'events:read' },
  query: z.object({ ...pageQuery, state: z.enum(replayStates).optional() }),
  responses: { 200: { description: 'A page of replays', schema: pageSchema(replaySchema) } },
})

export const getReplay = operation({
  method: 'GET',
  path: '/api/v1/replays/{id}',
  operationId: 'getReplay',
  summary: 'Read a replay and its progress',
  tags,
  auth: { scope: 'events:read' },
  params,
  responses: { 200: { description: 'The replay', schema: replaySchema } },
})

export const abortReplay = operation({
  method: 'POST',
  path: '/api/v1/replays/{id}/abort',
  operationId: 'abortReplay',
  summary: 'Stop a replay',
  description: 'What was sent goes on; what was not sent stays an open letter. It can be resumed.',
  tags,
  auth,
  params,
  body: z.strictObject({ reason: reasonSchema.optional() }),
  bodyOptional: true,
  responses: { 200: { description: 'The replay, aborted', schema: replaySchema }, 409: { description: 'It has ended already' } },
})

export const resumeReplay = operation({
  method: 'POST',
  path: '/api/v1/replays/{id}/resume',
  operationId: 'resumeReplay',
  summary: 'Go on with a replay that was stopped or aborted',
  description: 'What was not sent and is still open is sent, by the same plan: the canary first.',
  tags,
  auth,
  params,
  body: reasonInputSchema,
  responses: { 202: { description: 'It goes on', schema: replaySchema }, 409: { description: 'It is running, or has completed' } },
})

export const previewPatch = operation({
  method: 'POST',
  path: '/api/v1/dead-letters/causes/{id}/patch/preview',
  operationId: 'previewPatch',
  summary: 'Try a JSON Patch on the open letters of a cause',
  description: 'Nothing is sent. To send the edited copies, start a replay with the same `patch` and `filter.cause`.',
  tags: ['Dead letters'],
  auth,
  params: z.object(causeParamsSchema.shape),
  body: patchPreviewInputSchema,
  responses: { 200: { description: 'How many it fits, and what would change in ten of them', schema: patchPreviewSchema } },
})

const sentAgain = z.strictObject({ id: z.string(), state: z.literal('replayed'), deliveryId: z.string().nullable(), eventId: z.string() })

export const replayDeadLetter = operation({
  method: 'POST',
  path: '/api/v1/dead-letters/{id}/replay',
  operationId: 'replayDeadLetter',
  summary: 'Send one dead letter again',
  description: 'The same delivery with the same `webhook-id` goes back to work. If it dies again, a new letter points to this one.',
  tags: ['Dead letters'],
  auth,
  params: letterParams,
  body: z.strictObject({ reason: reasonSchema }),
  responses: { 202: { description: 'It is back at work', schema: sentAgain }, 409: { description: 'The letter is not open any more' } },
})

export const editDeadLetter = operation({
  method: 'PATCH',
  path: '/api/v1/dead-letters/{id}',
  operationId: 'editDeadLetter',
  summary: 'Send an edited copy of a dead letter',
  description: 'A new, linked delivery is sent with the edited body; the original becomes cancelled, reason `replaced`.',
  tags: ['Dead letters'],
  auth,
  params: letterParams,
  body: letterEditSchema,
  responses: {
    202: { description: 'The copy is on its way; `deliveryId` is the new one', schema: sentAgain },
    409: { description: 'The letter is not open any more' },
  },
})

export const replayOperations = [
  startReplay,
  previewReplay,
  listReplays,
  getReplay,
  abortReplay,
  resumeReplay,
  previewPatch,
  replayDeadLetter,
  editDeadLetter,
]
