import { followLive, liveQuerySchema } from '#shared/contracts/operations/live.ts'
import { Fault } from '#shared/fault.ts'
import { defineOperation } from '../../utils/define-operation.ts'
import { eventStream } from '../../utils/sse.ts'
import { endWithCredential } from '../../utils/still-holds.ts'

/** Connections are renewed now and then, so that a deployment or a balancer can move them. */
const longestMs = 10 * 60_000

export default defineOperation(followLive, async ({ workspaceId, query, app, event }) => {
  const after = lastSeen(event.node.req.headers['last-event-id']) ?? query.after ?? null
  const stream = eventStream(event, { until: new Date(Date.now() + longestMs) })
  try {
    const frames = app.services.live.follow(workspaceId, after, stream.signal)
    endWithCredential(stream, app, event.node.req, followLive, workspaceId)
    stream.open()
    for await (const frame of frames) if (!(await stream.write(frame))) break
    return undefined
  } finally {
    stream.end()
  }
})

function lastSeen(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined
  const after = liveQuerySchema.shape.after.safeParse(header)
  if (after.success) return after.data
  throw new Fault('invalid', 'Last-Event-ID is not the number of a snapshot.', {
    errors: [{ path: 'last-event-id', message: 'must be the number of a snapshot' }],
  })
}
