// Which headers a customer may add to webhooks: none that carries framing, identity or our own promises.

/** RFC 9110, 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** Visible ASCII, space and tab: CR, LF and NUL would end the header, the rest has no agreed meaning (RFC 9110, 5.5). */
const fieldValue = /^[\t\x20-\x7e]*$/

const reserved = new Set([
  // Hop-by-hop (RFC 9110, 7.6.1) and framing: the connection is ours.
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'content-length',
  'expect',
  // Where the request goes and what it carries.
  'host',
  'content-type',
  'content-encoding',
  'accept-encoding',
  'user-agent',
])

const maxNameLength = 128
const maxValueLength = 4096

/** Why an endpoint may not have this header, or null when it may. */
export function refusedEndpointHeader(name: string, value: string): string | null {
  if (name.length > maxNameLength) return `a header name has at most ${maxNameLength} characters`
  if (!token.test(name)) return "a header name is made of letters, digits and !#$%&'*+-.^_`|~"
  const lower = name.toLowerCase()
  if (reserved.has(lower)) return `the header ${lower} is set by Signalbox or by the connection`
  if (lower.startsWith('webhook-')) return 'headers that start with webhook- are signed by Signalbox'
  if (value.length > maxValueLength) return `a header value has at most ${maxValueLength} characters`
  if (!fieldValue.test(value)) return 'a header value is printable ASCII without line breaks'
  return null
}
