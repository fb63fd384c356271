import type { H3Event } from 'h3'
import { useNitroApp } from 'nitropack/runtime'
import { createEventStream, endEventStreams, type EventStream, type EventStreamOptions } from '#platform/sse/index.ts'

let hooked = false

/** A stream as the answer of this request. Await its end in the handler; nothing may be returned afterwards. */
export function eventStream(event: H3Event, options?: EventStreamOptions): EventStream {
  if (!hooked) useNitroApp().hooks.hook('close', endEventStreams)
  hooked = true
  return createEventStream(event.node.res, options)
}
