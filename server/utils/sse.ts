import type { H3Event } from 'h3'
import { createEventStream, type EventStream, type EventStreamOptions } from '#platform/sse/index.ts'

/** A stream as the answer of this request. Await its end in the handler; nothing may be returned afterwards. The app's close ends it. */
export function eventStream(event: H3Event, options?: EventStreamOptions): EventStream {
  return createEventStream(event.node.res, options)
}
