import { eventBatchSchema } from '#shared/contracts/event.ts'
import { acceptEventsOperation } from '#shared/contracts/operations/events.ts'
import { Fault, problemOf } from '#shared/fault.ts'
import { publicId } from '#shared/ids.ts'
import { parseJsonBytes } from '#platform/json/parse-json.ts'
import { judgeReferences } from '#services/attachments/index.ts'
import { prepareEvent, type PreparedEvent } from '#services/events/index.ts'
import type { App } from '../../../utils/app.ts'
import { defineAcceptRoute, validated, type RawReply } from '../../../utils/accept-route.ts'
import { invalidFault } from '../../../utils/fault-of.ts'
import { batchBodyLimitBytes } from '../../../utils/read-body.ts'

export default defineAcceptRoute(acceptEventsOperation, {
  mediaTypes: ['application/json'],
  maxBytes: batchBodyLimitBytes,
  async accept({ app, caller, bytes, requestId, idempotency }): Promise<RawReply> {
    const body = eventBatchSchema.safeParse(parseJsonBytes(bytes))
    if (!body.success) throw invalidFault(body.error, 'body')
    // One event that is not valid never refuses its neighbours: each item gets its own answer.
    const prepared = body.data.events.map((input): PreparedEvent | Fault => {
      try {
        return validated(app, () => prepareEvent(caller.workspaceId, input))
      } catch (error) {
        if (error instanceof Fault) return error
        throw error
      }
    })
    const verdicts = await refuseMissingFiles(app, caller.workspaceId, prepared)
    const accepted = verdicts.filter((each): each is PreparedEvent => !(each instanceof Fault))
    const items = verdicts.map((each, index) =>
      each instanceof Fault
        ? { index, status: 'rejected' as const, problem: problemOf(each, '/api/v1/events/batch', requestId) }
        : { index, id: publicId('event', each.id), status: 'accepted' as const },
    )
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

async function refuseMissingFiles(app: App, workspaceId: string, prepared: (PreparedEvent | Fault)[]): Promise<(PreparedEvent | Fault)[]> {
  const referring = prepared.filter((each): each is PreparedEvent => !(each instanceof Fault) && each.attachments !== null)
  if (referring.length === 0) return prepared
  const faults = await judgeReferences(app.platform.pool, workspaceId, referring)
  const refused = new Map(referring.map((event, at) => [event, faults[at] ?? event]))
  return prepared.map((each) => (each instanceof Fault ? each : (refused.get(each) ?? each)))
}
