import { attachmentCreateSchema } from '#shared/contracts/attachment.ts'
import { createAttachment } from '#shared/contracts/operations/attachments.ts'
import { parseJsonBytes } from '#platform/json/parse-json.ts'
import { readIdempotencyKey, requestHash } from '#services/idempotency/index.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { invalidFault } from '../../../utils/fault-of.ts'
import { checkMediaType, readBodyBytes } from '../../../utils/read-body.ts'
import { originOf } from '../../../utils/request-origin.ts'

export default defineOperation(createAttachment, async ({ app, workspaceId, actor, event }) => {
  const { req } = event.node
  const key = readIdempotencyKey(req.headers['idempotency-key'])
  const mediaType = checkMediaType(req)
  const bytes = await readBodyBytes(req)
  const input = attachmentCreateSchema.safeParse(parseJsonBytes(bytes))
  if (!input.success) throw invalidFault(input.error, 'body')
  const idempotency = key === null ? undefined : { route: 'POST /attachments', key, requestHash: requestHash(mediaType, bytes) }
  const { body, replayed } = await app.services.attachments.create(workspaceId, actor, input.data, originOf(req), idempotency)
  const headers = { location: `/api/v1/attachments/${body.id}`, ...(replayed ? { 'idempotency-replayed': 'true' } : {}) }
  return { status: 201, body, headers }
})
