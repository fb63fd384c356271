// What each channel accepts as the body of an edited copy: checked while it is typed, and again before it is sent.
import type { FaultDetail } from './fault.ts'

const maxWebhookBytes = 1_000_000

type Check = (value: unknown) => string | null

const text =
  (max: number, required = false): Check =>
  (value) => {
    if (value === undefined || value === null) return required ? 'is missing' : null
    if (typeof value !== 'string') return 'must be a text'
    if (required && value.trim() === '') return 'must not be empty'
    return value.length > max ? `must not be longer than ${max} characters` : null
  }

// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u001f\u007f]/

const line =
  (max: number, required = false): Check =>
  (value) =>
    text(max, required)(value) ??
    (typeof value === 'string' && controls.test(value) ? 'must be one line, without control characters' : null)

const link: Check = (value) => {
  const problem = line(2_000)(value)
  if (problem || typeof value !== 'string' || value === '' || value.startsWith('/')) return problem
  return /^(https?:\/\/|mailto:)/i.test(value) ? null : 'must begin with https://, http://, mailto: or /'
}

const fields: Record<'email' | 'in-app', Record<string, Check>> = {
  email: { subject: line(998, true), html: text(500_000), text: text(500_000), from: line(320), replyTo: line(320) },
  'in-app': { title: line(500, true), body: text(20_000), url: link },
}

/** Why a channel would not take this body; empty when it would. Paths are JSON Pointers into the body. */
export function problemsOfBody(channel: string | null, body: unknown): FaultDetail[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [{ path: '', message: 'must be an object' }]
  if (channel === 'webhook') {
    const bytes = new TextEncoder().encode(JSON.stringify(body)).length
    return bytes > maxWebhookBytes ? [{ path: '', message: `is ${bytes} bytes; a webhook carries at most ${maxWebhookBytes}` }] : []
  }
  if (channel !== 'email' && channel !== 'in-app')
    return [{ path: '', message: 'cannot be edited: it stands for a whole event. Mend its workflow and replay it' }]
  const known = fields[channel]
  const given = body as Record<string, unknown>
  const problems: FaultDetail[] = []
  for (const [name, check] of Object.entries(known)) {
    const problem = check(given[name])
    if (problem) problems.push({ path: `/${name}`, message: problem })
  }
  for (const name of Object.keys(given))
    if (!Object.hasOwn(known, name))
      problems.push({ path: `/${name}`, message: `is not part of ${channel === 'email' ? 'a mail' : 'an inbox message'}` })
  if (channel === 'email' && problems.length === 0 && !given.html && !given.text)
    problems.push({ path: '/text', message: 'a mail needs html or text' })
  return problems
}

/** The part of a letter that an edit changes: what the webhook's receiver gets as data, or the rendered message. */
export function bodyOfLetter(
  channel: string | null,
  snapshot: {
    event: { data: Record<string, unknown> | null }
    content: Record<string, unknown> | null
    override: Record<string, unknown> | null
  },
): Record<string, unknown> | null {
  return snapshot.override ?? (channel === 'webhook' ? snapshot.event.data : snapshot.content)
}
