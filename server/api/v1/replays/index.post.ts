import { startReplay } from '#shared/contracts/operations/replays.ts'
import { replayInputSchema } from '#shared/contracts/replay.ts'
import { parseJsonBytes } from '#platform/json/parse-json.ts'
import { readIdempotencyKey, requestHash } from '#services/idempotency/index.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { invalidFault } from '../../../utils/fault-of.ts'
import { checkMediaType, readBodyBytes } from '../../../utils/read-body.ts'

export default defineOperation(startReplay, async ({ app, workspaceId, actor, event }) => {
  const { req } = event.node
  const key = readIdempotencyKey(req.headers['idempotency-key'])
  const mediaType = checkMediaType(req)
  const bytes = await readBodyBytes(req)
  const input = replayInputSchema.safeParse(parseJsonBytes(bytes))
  if (!input.success) throw invalidFault(input.error, 'body')
  const idempotency = key === null ? undefined : { route: 'POST /replays', key, requestHash: requestHash(mediaType, bytes) }
  const { body, replayed } = await app.services.replays.start(workspaceId, input.data, actor, idempotency)
  return { status: 202, body, headers: { location: `/api/v1/replays/${body.id}`, ...(replayed ? { 'idempotency-replayed': 'true' } : {}) } }
})
