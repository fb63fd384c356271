import { cloudEventSchema, cloudEventToInput } from '#shared/contracts/cloud-event.ts'
import { acceptEventOperation } from '#shared/contracts/operations/events.ts'
import { publicId } from '#shared/ids.ts'
import { parseJsonBytes } from '#platform/json/parse-json.ts'
import { judgeReferences } from '#services/attachments/index.ts'
import { prepareEvent, type PreparedEvent } from '#services/events/index.ts'
import { defineAcceptRoute, validated, type AcceptContext, type RawReply } from '../../../utils/accept-route.ts'
import { binaryCloudEvent, isBinaryCloudEvent } from '../../../utils/binary-cloud-event.ts'
import { invalidFault } from '../../../utils/fault-of.ts'
import { bodyLimitDefaultBytes } from '../../../utils/read-body.ts'

export default defineAcceptRoute(acceptEventOperation, {
  mediaTypes: ['application/json', 'application/cloudevents+json'],
  maxBytes: bodyLimitDefaultBytes,
  async accept(context): Promise<RawReply> {
    const { app, caller, idempotency } = context
    const event = validated(app, () => prepareEvent(caller.workspaceId, inputOf(context)))
    if (event.attachments !== null) await refuseMissingFiles(app, event)
    const id = publicId('event', event.id)
    const text = `{"id":"${id}","status":"accepted","acceptedAt":"${event.acceptedAt}"}`
    const result = await app.services.acceptor.accept({
      workspaceId: caller.workspaceId,
      events: [event],
      ...(idempotency ? { idempotency: { ...idempotency, status: 202, response: text } } : {}),
    })
    if (result.kind === 'replayed')
      return {
        status: result.status,
        text: result.response,
        headers: { location: locationOf(result.response), 'idempotency-replayed': 'true' },
      }
    return { status: 202, text, headers: { location: `/api/v1/events/${id}` } }
  },
})

async function refuseMissingFiles(app: AcceptContext['app'], event: PreparedEvent): Promise<void> {
  const [fault] = await judgeReferences(app.platform.pool, event.workspaceId, [event])
  if (!fault) return
  app.places.validation.fail(0)
  throw fault
}

function locationOf(response: string): string {
  return `/api/v1/events/${(JSON.parse(response) as { id: string }).id}`
}

function inputOf({ req, mediaType, bytes }: AcceptContext): unknown {
  const body = parseJsonBytes(bytes)
  const binary = mediaType === 'application/json' && isBinaryCloudEvent(req.headers)
  if (!binary && mediaType !== 'application/cloudevents+json') return body
  const parsed = cloudEventSchema.safeParse(binary ? binaryCloudEvent(req.headers, body) : body)
  if (!parsed.success) throw invalidFault(parsed.error, 'CloudEvent')
  return cloudEventToInput(parsed.data)
}
