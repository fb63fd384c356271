import { eventBatchSchema } from '#shared/contracts/event.ts'
import { acceptEventsOperation } from '#shared/contracts/operations/events.ts'
import { Fault, problemOf } from '#shared/fault.ts'
import { publicId } from '#shared/ids.ts'
import { parseJsonBytes } from '#platform/json/parse-json.ts'
import { prepareEvent, type PreparedEvent } from '#services/events/index.ts'
import { defineAcceptRoute, validated, type RawReply } from '../../../utils/accept-route.ts'
import { invalidFault } from '../../../utils/fault-of.ts'
import { batchBodyLimitBytes } from '../../../utils/read-body.ts'

export default defineAcceptRoute(acceptEventsOperation, {
  mediaTypes: ['application/json'],
  maxBytes: batchBodyLimitBytes,
  async accept({ app, caller, bytes, requestId, idempotency }): Promise<RawReply> {
    const body = eventBatchSchema.safeParse(parseJsonBytes(bytes))
    if (!body.success) throw invalidFault(body.error, 'body')
    const accepted: PreparedEvent[] = []
    // One event that is not valid never refuses its neighbours: each item gets its own answer.
    const items = body.data.events.map((input, index) => {
      try {
        const event = validated(app, () => prepareEvent(caller.workspaceId, input))
        accepted.push(event)
        return { index, id: publicId('event', event.id), status: 'accepted' as const }
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        const problem = problemOf(error, '/api/v1/events/batch', requestId)
        return { index, status: 'rejected' as const, problem }
      }
    })
    const text = JSON.stringify({ items })
    const result = await app.services.acceptor.accept({
      workspaceId: caller.workspaceId,
      events: accepted,
      ...(idempotency ? { idempotency: { ...idempotency, status: 202, response: text } } : {}),
    })
    if (result.kind === 'replayed') return { status: result.status, text: result.response, headers: { 'idempotency-replayed': 'true' } }
    return { status: 202, text }
  },
})
