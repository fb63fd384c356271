import type { LiveMessage } from '#services/inbox/index.ts'
import { sequenceTextSchema } from '#shared/contracts/inbox.ts'
import { followInbox } from '#shared/contracts/operations/inbox.ts'
import { Fault } from '#shared/fault.ts'
import type { StreamEvent } from '#platform/sse/index.ts'
import { bearerToken } from '../../../utils/authorize.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { eventStream } from '../../../utils/sse.ts'

export default defineOperation(followInbox, async ({ workspaceId, actor, query, app, event }) => {
  const headers = event.node.req.headers
  const { expiresAt } = await app.services.inbox.tokens.verify(bearerToken(headers.authorization))
  // A reconnecting EventSource keeps its URL, so what it has seen since then is only in the header.
  const after = lastSeen(headers['last-event-id']) ?? query.after ?? null
  const stream = eventStream(event, { until: expiresAt })
  try {
    const messages = await app.services.inbox.follow(workspaceId, actor.id, after, stream.signal)
    if (stream.signal.aborted)
      throw new Fault('dependency-unavailable', 'This process is stopping. Connect again.', { retryAfterSeconds: 1 })
    stream.open()
    for await (const message of messages) if (!(await stream.send(eventOf(message)))) break
    return undefined
  } finally {
    stream.end()
  }
})

function lastSeen(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined
  const sequence = sequenceTextSchema.safeParse(header)
  if (sequence.success) return sequence.data
  throw new Fault('invalid', 'Last-Event-ID is not a sequence number.', {
    errors: [{ path: 'last-event-id', message: 'must be a sequence number' }],
  })
}

function eventOf(message: LiveMessage): StreamEvent {
  if (message.event === 'item') return { event: 'item', id: message.item.sequence, data: message.item }
  if (message.event === 'update') return { event: 'update', data: message.item }
  if (message.event === 'read-all') return { event: 'read-all', data: { throughSequence: message.throughSequence } }
  return { event: message.event, id: message.sequence, data: { sequence: message.sequence } }
}
