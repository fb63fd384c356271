// CloudEvents HTTP binding, binary mode: attributes in ce-* headers (percent-encoded), data in the body.
import type { IncomingHttpHeaders } from 'node:http'
import { Fault } from '#shared/fault.ts'

export function isBinaryCloudEvent(headers: IncomingHttpHeaders): boolean {
  return headers['ce-specversion'] !== undefined
}

/** The event as structured mode would have it. Throws Fault 'invalid' for a header that is not percent-encoded UTF-8. */
export function binaryCloudEvent(headers: IncomingHttpHeaders, data: unknown): Record<string, unknown> {
  const event: Record<string, unknown> = { data }
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('ce-')) continue
    try {
      event[name.slice(3)] = decodeURIComponent(String(value))
    } catch {
      throw new Fault('invalid', 'The CloudEvent is not valid.', { errors: [{ path: name, message: 'is not percent-encoded UTF-8' }] })
    }
  }
  return event
}
