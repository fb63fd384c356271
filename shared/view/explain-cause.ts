// A cause in sentences: what happened, to whom, from when to when; whether anything was ever sent; whether it can work now.
import type { LetterReach } from '../contracts/dead-letter.ts'
import { countOf, formatCount } from './figures.ts'

export interface CauseStory {
  kind: 'delivery-exhausted' | 'pipeline-fault'
  errorCode: string
  title: string
  channel: string | null
  /** Open letters, or all when none is open. */
  count: number
  open: boolean
  firstAt: Date
  lastAt: Date
  now: Date
  maxAttempts: number
  /** Host of the endpoint that most letters are for. */
  host: string | null
  endpoints: number
  recipients: number
  workflows: string[]
  /** Of the letters that were looked at. */
  reach: Record<LetterReach, number>
  proof: { at: Date; statusCode: number | null; durationMs: number | null; replayed: boolean } | null
  places: { endpoints: { state: string; failingSince: Date | null; deleted: boolean }[]; publishedAt: Date | null }
}

export interface Explanation {
  what: string
  sent: string
  now: string | null
  works: boolean | null
}

export function explainCause(story: CauseStory): Explanation {
  return { what: whatHappened(story), sent: whatWasSent(story), ...whatHoldsNow(story) }
}

/** '02:14' today, '18 Nov 23:59' on another day; UTC, as everywhere. */
export function momentText(at: Date, now: Date): string {
  const iso = at.toISOString()
  const time = iso.slice(11, 16)
  return iso.slice(0, 10) === now.toISOString().slice(0, 10) ? time : `${at.getUTCDate()} ${months[at.getUTCMonth()]} ${time}`
}
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** 'from 02:14 to 14:29', or 'at 14:29' when it was one minute. */
export function spanText(from: Date, to: Date, now: Date): string {
  const [first, last] = [momentText(from, now), momentText(to, now)]
  return first === last ? `at ${last}` : `from ${first} to ${last}`
}

const deeds: Record<string, string> = {
  'connection-refused': 'refused every connection',
  'connection-failed': 'could not be connected to',
  'host-unreachable': 'could not be reached',
  'name-not-resolved': 'has a name that could not be resolved',
  'tls-failed': 'offered no TLS connection that can be trusted',
  timeout: 'did not answer in time',
  'connection-lost': 'closed the connection before it answered',
  'invalid-response': 'answered what is not HTTP',
  'refused-target': 'is at an address that webhooks may not reach',
  'no-secret': 'has no live secret to sign with',
  'sign-in-failed': 'refused our sign-in',
  'smtp-not-configured': 'is not configured: SMTP_URL is not set',
}

function whatHappened(story: CauseStory): string {
  const span = spanText(story.firstAt, story.lastAt, story.now)
  if (story.kind === 'pipeline-fault' && story.channel === null)
    return `The fan-out of ${countOf(story.count, 'event')} failed ${span}: ${story.title}.`
  if (story.kind === 'pipeline-fault') return `${who(story)} could not be worked on ${span}: ${story.title}.`
  return `${place(story)} ${deed(story)} ${span}, so ${who(story)} ${story.maxAttempts > 1 ? `used up ${attempts(story)}` : `ended at ${story.count === 1 ? 'its' : 'their'} first attempt`}.`
}

function place({ channel, host }: CauseStory): string {
  if (channel === 'webhook') return host ?? 'The webhook endpoint'
  return channel === 'email' ? 'The mail server' : 'The inbox'
}

function deed(story: CauseStory): string {
  const answered = /^(?:http|smtp)-(\d{3})$/.exec(story.errorCode)
  if (answered) return `answered ${answered[1]}`
  return deeds[story.errorCode] ?? `failed with ${story.errorCode.replaceAll('-', ' ')}`
}

function who({ channel, count, endpoints, recipients }: CauseStory): string {
  const deliveries = countOf(count, channel === 'email' ? 'mail' : 'delivery', channel === 'email' ? 'mails' : 'deliveries')
  if (endpoints > 0) return `${deliveries} to ${countOf(endpoints, 'endpoint')}`
  return recipients > 0 ? `${deliveries} to ${countOf(recipients, 'recipient')}` : deliveries
}

const attempts = ({ maxAttempts, count }: CauseStory): string => `${count === 1 ? 'its' : 'their'} ${formatCount(maxAttempts)} attempts`

function whatWasSent({ reach, channel, kind }: CauseStory): string {
  if (kind === 'pipeline-fault' && channel === null) return 'Nothing was made of them yet, so a replay makes no duplicates.'
  if (reach.maybe > 0) {
    const sent = countOf(reach.maybe, channel === 'email' ? 'mail' : 'delivery', channel === 'email' ? 'mails' : 'deliveries')
    return channel === 'webhook'
      ? `${sent} may have arrived although no answer came: a repeat carries the same webhook-id, by which the receiver can tell.`
      : `${sent} may have arrived although no answer came: a replay can send them twice.`
  }
  if (reach.answered > 0) return 'The other side took none of them, so a replay makes no duplicates.'
  return 'Nothing was ever sent, so a replay makes no duplicates.'
}

function whatHoldsNow(story: CauseStory): Pick<Explanation, 'now' | 'works'> {
  const { proof, places, now } = story
  if (proof && proof.at > story.lastAt) {
    const what = proof.replayed ? 'one of these was sent again' : story.channel === 'email' ? 'a mail was taken' : 'a delivery'
    const answer = proof.statusCode === null ? '' : story.channel === 'webhook' ? ` got ${proof.statusCode}` : ''
    const took = proof.durationMs === null ? '' : ` in ${formatCount(proof.durationMs)} ms`
    return { works: true, now: `It answers again: ${what} at ${timeText(proof.at, now)}${answer}${took}.` }
  }
  const gone = places.endpoints.filter((endpoint) => endpoint.deleted).length
  if (places.endpoints.length > 0 && gone === places.endpoints.length)
    return { works: false, now: `${gone === 1 ? 'The endpoint was' : 'The endpoints were'} deleted: a replay cannot send anything.` }
  const disabled = places.endpoints.filter((endpoint) => endpoint.state !== 'enabled' && !endpoint.deleted).length
  if (disabled > 0)
    return {
      works: false,
      now: `${countOf(disabled, 'endpoint')} ${disabled === 1 ? 'is' : 'are'} disabled: what is replayed is held until then.`,
    }
  if (story.workflows.length > 0 && places.publishedAt && places.publishedAt > story.lastAt)
    return {
      works: null,
      now: `The workflow was published again at ${momentText(places.publishedAt, now)}, after the last letter. Nothing has been tried since.`,
    }
  const failing = places.endpoints.find((endpoint) => endpoint.failingSince !== null)
  if (failing)
    return { works: false, now: `It has not worked since ${momentText(failing.failingSince!, now)}: mend it first, or send one and see.` }
  return { works: null, now: null }
}

function timeText(at: Date, now: Date): string {
  const text = momentText(at, now)
  return text.length === 5 ? at.toISOString().slice(11, 19) : text
}
