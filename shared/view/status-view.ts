// What the page at / says about a status: pure, so that every sentence is tested without a browser.
import type { Status, StatusLedger, StatusProcess } from '../contracts/status.ts'
import { countOf, formatAge, formatCount } from './figures.ts'

/** A lamp's shape says its state; `none` is a hollow ring: nothing is known. */
export type Lamp = 'ok' | 'warn' | 'fail' | 'paused' | 'none'

/** A process that was not seen for so long is taken for dead (protocol). A picture older than that proves nothing any more. */
export const deadAfterMs = 8_000

export interface RunningPart {
  name: string
  note: string
  lamp: Lamp
  word: string
}

/** How old what we show is: the picture that Postgres gave, and the last answer of the API that carried it. */
export interface Ages {
  pictureMs: number
  answerMs: number
}

/** The list of what runs: processes by the picture, stores by the answer. */
export function runningParts(status: Status, ages: Ages): RunningPart[] {
  const processes = (status.picture?.processes ?? []).map((process) => processPart(process, ages.pictureMs))
  const store = (name: string, note: string, answers: boolean): RunningPart => ({
    name,
    note,
    lamp: answers ? 'ok' : 'fail',
    word: answers ? 'answers' : 'does not answer',
  })
  const stores = [store('postgres', 'holds every event', status.stores.postgres), store('redis', 'hands out the work', status.stores.redis)]
  return [
    ...(ages.pictureMs > deadAfterMs ? processes.map(unknown) : processes),
    ...(ages.answerMs > deadAfterMs ? stores.map(unknown) : stores),
  ]
}

function unknown(part: RunningPart): RunningPart {
  return { ...part, lamp: 'none', word: 'not known' }
}

export interface FaultSentence {
  /** Who does not answer. */
  who: 'The API' | 'Postgres' | 'Redis'
  text: string
}

/** What is wrong, worst first, one sentence each: what it means for events, so that nobody has to guess. */
export function faultSentences(status: Status | null, failing: boolean, ages: Ages): FaultSentence[] {
  if (failing && (!status || ages.answerMs > deadAfterMs / 2)) {
    const text = status
      ? `The API has not answered for ${formatAge(ages.answerMs)}. What stands below is from then.`
      : 'The API does not answer. This page fills as soon as it does.'
    return [{ who: 'The API', text }]
  }
  if (!status) return []
  const faults: FaultSentence[] = []
  if (!status.stores.postgres)
    faults.push({
      who: 'Postgres',
      text: 'Postgres does not answer: events are refused with 503 until it is back. What was accepted is safe.',
    })
  if (!status.stores.redis)
    faults.push({ who: 'Redis', text: 'Redis does not answer: events are accepted and wait in Postgres until it is back.' })
  return faults
}

function processPart(process: StatusProcess, ageMs: number): RunningPart {
  const part = { name: process.name, note: process.roles.join(', ') }
  const unseenMs = process.lastSeenMsAgo + ageMs
  if (process.lastSeenMsAgo > deadAfterMs) return { ...part, lamp: 'fail', word: `not seen for ${formatAge(unseenMs)}` }
  if (process.state === 'stuck') return { ...part, lamp: 'warn', word: 'stuck' }
  if (process.state === 'stopping') return { ...part, lamp: 'paused', word: 'stopping' }
  return { ...part, lamp: 'ok', word: process.state }
}

export interface LedgerAnswer {
  lamp: Lamp
  /** Short enough for the top bar. */
  word: string
  title: string
  /** With `code` in backticks. */
  sentence: string
}

/** The ledger in one sentence. `null` = nothing was read yet. */
export function ledgerAnswer(status: Status | null, ageMs: number): LedgerAnswer {
  if (!status) return { lamp: 'none', word: 'no data', title: 'Reading the ledger', sentence: '' }
  if (!status.picture) {
    return {
      lamp: 'none',
      word: 'no data',
      title: 'Postgres does not answer yet.',
      sentence: 'This page fills as soon as it does.',
    }
  }
  const { ledger } = status.picture
  const lost = ledger.events.unaccounted + ledger.deliveries.unaccounted
  if (ledger.events.accepted === 0 && lost === 0) {
    return { lamp: 'none', word: 'nothing to count yet', title: 'No events yet. Send the first one.', sentence: firstSentence(status) }
  }
  const title = `${formatCount(lost)} unaccounted`
  if (lost !== 0) {
    const what = [
      ...(ledger.events.unaccounted ? [countOf(ledger.events.unaccounted, 'event')] : []),
      ...(ledger.deliveries.unaccounted ? [countOf(ledger.deliveries.unaccounted, 'delivery', 'deliveries')] : []),
    ].join(' and ')
    const sentence = `${what} ${lost === 1 ? 'is' : 'are'} in no state. \`GET /api/v1/ledger\` has the figures; the log of the relay names the rows.`
    return { lamp: ageMs > deadAfterMs ? 'none' : 'fail', word: title, title, sentence }
  }
  return {
    lamp: ageMs > deadAfterMs ? 'none' : 'ok',
    word: title,
    title,
    sentence: ['Every event and delivery has a place.', ...openWork(ledger)].join(' '),
  }
}

function firstSentence({ picture, mailCatcher }: Status): string {
  const workflow = picture?.firstWorkflow
  const waits = workflow
    ? `The workflow \`${workflow.key}\` is published and waits for \`${workflow.eventType}\`.`
    : 'No workflow is published: the event will end as unmatched.'
  return mailCatcher ? `${waits} Mail stays in the built-in mailbox, nothing leaves this machine.` : waits
}

/** What a person may want to know besides: what waits, and what needs them. */
function openWork({ deliveries, events }: StatusLedger): string[] {
  const dead = deliveries.dead + events.dead
  return [
    ...(deliveries.pending ? [`${countOf(deliveries.pending, 'delivery is', 'deliveries are')} on the way.`] : []),
    ...(deliveries.held ? [`${countOf(deliveries.held, 'delivery is', 'deliveries are')} held for a person.`] : []),
    ...(dead ? [`${formatCount(dead)} ${dead === 1 ? 'is' : 'are'} dead: \`GET /api/v1/dead-letters\` says why.`] : []),
  ]
}

export interface EquationTerm {
  label: string
  count: number
}

export interface Equation {
  unit: string
  total: EquationTerm
  parts: EquationTerm[]
  unaccounted: number
}

/** Both equations, term by term: the total on the left, its parts on the right. */
export function ledgerEquations({ events, deliveries }: StatusLedger): Equation[] {
  const term = (label: string, count: number): EquationTerm => ({ label, count })
  return [
    {
      unit: 'Events',
      total: term('accepted', events.accepted),
      parts: [
        term('completed', events.completed),
        term('pending', events.pending),
        term('scheduled', events.scheduled),
        term('unmatched', events.unmatched),
        term('cancelled', events.cancelled),
        term('dead', events.dead),
      ],
      unaccounted: events.unaccounted,
    },
    {
      unit: 'Deliveries',
      total: term('created', deliveries.created),
      parts: [
        term('delivered', deliveries.delivered),
        term('pending', deliveries.pending),
        term('held', deliveries.held),
        term('suppressed', deliveries.suppressed),
        term('cancelled', deliveries.cancelled),
        term('dead', deliveries.dead),
        term('maybe sent', deliveries.maybeSent),
      ],
      unaccounted: deliveries.unaccounted,
    },
  ]
}
