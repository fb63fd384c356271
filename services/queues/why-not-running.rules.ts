// Why is this job not running? Six checks in order, one sentence, and what would help by how much. Pure: everything that it says is
// in the facts, and what the facts do not say is not guessed.
import type { JobState, WhyNotRunning } from '#shared/contracts/job.ts'
import { countOf, formatAge, formatCount } from '#shared/view/figures.ts'

export interface WhyFacts {
  state: JobState
  kind: string
  /** Milliseconds until it is due; 0 or less = it is. */
  dueInMs: number
  tries: number
  lastError: string | null
  suspect: boolean
  inRedis: boolean
  workerName: string | null
  pause: { by: string; reason: string; sinceMs: number } | null
  endpoint: { enabled: boolean; reason: string | null; failing: boolean } | null
  /** Somebody holds its provider. */
  hold: { by: string; reason: string } | null
  /** Rows of its lane that are handed over, and how many may be. */
  lane: { name: string; handedOver: number; share: number; limit: number | null; limitedBy: string | null; servedPerSecond: number | null }
  queue: { servicePerSecond: number; ratePerSecond: number | null; concurrency: number; concurrencyMax: number; busy: number }
  /** Rows that go before it. */
  ahead: { own: number; others: number }
  workers: { live: number; lastSeenMs: number | null }
}

type Check = WhyNotRunning['checks'][number]
type Help = WhyNotRunning['help'][number]

/** Rows per second by which it gets nearer; null when nothing says so. */
function paceOf({ queue, lane }: WhyFacts): number | null {
  if (lane.limit !== null && lane.servedPerSecond) return lane.servedPerSecond
  if (queue.servicePerSecond > 0) return queue.servicePerSecond
  return queue.ratePerSecond
}

/** A limited lane moves by itself, so only its own rows are before it. */
function aheadOf({ ahead, lane }: WhyFacts): number {
  return lane.limit === null ? ahead.own + ahead.others : ahead.own
}

function startsIn(facts: WhyFacts, pace: number | null, ahead = aheadOf(facts)): number | null {
  const dueIn = Math.max(0, facts.dueInMs) / 1_000
  if (ahead === 0) return dueIn
  return pace === null || pace <= 0 ? null : dueIn + ahead / pace
}

const about = (seconds: number): string => (seconds < 1 ? 'at once' : `in about ${formatAge(seconds * 1_000)}`)

function checksOf(facts: WhyFacts): Check[] {
  const { pause, endpoint, lane, queue, ahead, workers } = facts
  const rows = aheadOf(facts)
  const limited = limitOf(facts)
  return [
    pause
      ? {
          id: 'paused',
          state: 'fail',
          text: `Queue is paused by ${pause.by}: ${pause.reason}`,
          figure: `since ${formatAge(pause.sinceMs)}`,
        }
      : { id: 'paused', state: 'ok', text: 'Queue is running, not paused', figure: null },
    facts.dueInMs > 0 && facts.state === 'delayed'
      ? {
          id: 'due',
          state: 'warn',
          text: facts.tries > 0 ? `Tries again later, after ${countOf(facts.tries, 'attempt')}` : 'Due later',
          figure: formatAge(facts.dueInMs),
        }
      : { id: 'due', state: 'ok', text: facts.state === 'held' ? 'No time makes it due while it is held' : 'It is due', figure: null },
    endpoint && !endpoint.enabled
      ? { id: 'held', state: 'fail', text: 'Its endpoint is disabled', figure: endpoint.reason }
      : facts.hold
        ? { id: 'held', state: 'fail', text: `Its provider is held by ${facts.hold.by}: ${facts.hold.reason}`, figure: null }
        : {
            id: 'held',
            state: 'ok',
            text: endpoint ? 'Its endpoint is enabled' : 'Nothing holds it',
            figure: endpoint?.failing ? 'failing' : null,
          },
    limited
      ? { id: 'limited', state: lane.limit === 0 ? 'fail' : 'warn', ...limited }
      : {
          id: 'limited',
          state: 'ok',
          text: 'Its lane is within its share',
          figure: `${formatCount(lane.handedOver)} of ${formatCount(lane.share)}`,
        },
    rows > 0
      ? {
          id: 'behind',
          state: 'warn',
          text: `Ahead of it: ${countOf(rows, 'row')}${lane.limit === null && ahead.others > 0 ? `, ${formatCount(ahead.others)} of other lanes` : ''}`,
          figure: queue.servicePerSecond > 0 ? `at ${queue.servicePerSecond}/s` : null,
        }
      : { id: 'behind', state: 'ok', text: 'Nothing is ahead of it', figure: null },
    workers.live > 0
      ? {
          id: 'workers',
          state: 'ok',
          text: `${countOf(workers.live, 'live worker')} ${workers.live === 1 ? 'takes' : 'take'} this queue`,
          figure: workers.lastSeenMs === null ? null : `${formatAge(workers.lastSeenMs)} ago`,
        }
      : { id: 'workers', state: 'fail', text: 'No live worker takes this queue', figure: null },
  ]
}

function limitOf({ lane, queue }: WhyFacts): { text: string; figure: string | null } | null {
  if (lane.limit === 0) return { text: `Its lane is stopped by ${lane.limitedBy}: a limit of 0`, figure: lane.name }
  if (lane.limit !== null && lane.handedOver >= lane.limit)
    return {
      text: `Its lane is at the limit that ${lane.limitedBy} set`,
      figure: `${formatCount(lane.handedOver)} of ${formatCount(lane.limit)}`,
    }
  if (queue.ratePerSecond !== null) return { text: 'The queue has a rate', figure: `${queue.ratePerSecond}/s` }
  if (lane.handedOver >= lane.share)
    return { text: 'Its lane has used up its share', figure: `${formatCount(lane.handedOver)} of ${formatCount(lane.share)}` }
  return null
}

function sentenceOf(facts: WhyFacts, seconds: number | null): string {
  const { pause, endpoint, lane, queue, workers } = facts
  if (facts.state === 'active') return `It is running: ${facts.workerName ?? 'a worker'} has it.`
  if (endpoint && !endpoint.enabled)
    return `Its endpoint is disabled${endpoint.reason ? ` (${endpoint.reason})` : ''}: it goes out when the endpoint is enabled again.`
  if (facts.hold) return `Its provider is held by ${facts.hold.by}: ${facts.hold.reason}. It goes out when the provider is released.`
  if (pause) return `The queue is paused by ${pause.by}: ${pause.reason}. Nothing starts until it is resumed.`
  if (workers.live === 0) return 'No live worker takes this queue: nothing starts until one does.'
  if (facts.state === 'delayed') {
    const again =
      facts.tries > 0
        ? `It tries again in ${formatAge(facts.dueInMs)}, after ${countOf(facts.tries, 'attempt')}`
        : `It is due in ${formatAge(facts.dueInMs)}`
    return `${again}${facts.lastError ? `: ${facts.lastError}` : ''}.`
  }
  if (lane.limit === 0) return `Its lane ${lane.name} is stopped: ${lane.limitedBy} set its limit to 0.`
  const start = seconds === null ? 'Nobody can tell when it starts: nothing was done lately.' : `It starts ${about(seconds)}.`
  if (lane.limit !== null && lane.handedOver >= lane.limit)
    return `Its lane may have ${countOf(lane.limit, 'row')} on its way and has them all, with ${formatCount(facts.ahead.own)} before it. ${start}`
  const rows = aheadOf(facts)
  if (facts.suspect) return `It was started several times without an effect: it waits for its turn to run alone. ${start}`
  if (rows === 0)
    return queue.ratePerSecond === null
      ? 'It is next: a worker takes it within a moment.'
      : `It is next, at ${queue.ratePerSecond}/s. ${start}`
  const of = facts.ahead.others > facts.ahead.own ? `${countOf(facts.ahead.others, 'row')} of other lanes` : countOf(rows, 'row')
  const slots = queue.concurrency > 0 && queue.busy >= queue.concurrency ? `, and all ${formatCount(queue.concurrency)} slots are busy` : ''
  const rated = queue.ratePerSecond === null ? '' : `, and the queue may hand over ${queue.ratePerSecond}/s`
  return `It is behind ${of}${slots}${rated}. ${start}`
}

function helpOf(facts: WhyFacts, pace: number | null): Help[] {
  const { pause, endpoint, lane, queue, workers } = facts
  const help: Help[] = []
  const add = (action: Help['action'], text: string, seconds: number | null, effect?: string): void => {
    help.push({
      action,
      text,
      effect: effect ?? (seconds === null ? 'starts when its turn comes' : `starts ${about(seconds)}`),
      startsInSeconds: seconds,
    })
  }
  if (facts.state === 'active') return []
  if (endpoint && !endpoint.enabled) {
    add('enable-endpoint', 'Enable its endpoint', null, 'what is held goes out at a pace')
    return help
  }
  if (facts.hold) {
    add('release-provider', 'Release its provider', null, 'what is held goes out at a pace')
    return help
  }
  const now = { ...facts, dueInMs: 0 }
  if (pause) add('resume', 'Resume the queue', startsIn(facts, pace))
  if (workers.live === 0) add('start-worker', 'Start a worker that takes this queue', startsIn(facts, pace))
  if (pause || workers.live === 0) return help
  if (facts.state === 'delayed') add('retry', 'Make it due now', startsIn(now, pace))
  if (lane.limit !== null)
    add(
      'unlimit-lane',
      `Give ${lane.name} the queue's own share`,
      startsIn({ ...now, lane: { ...lane, limit: null } }, queue.servicePerSecond || null),
    )
  if (queue.ratePerSecond !== null)
    add('raise-rate', `Double the rate to ${queue.ratePerSecond * 2}/s`, startsIn(now, queue.ratePerSecond * 2))
  const full = queue.concurrency > 0 && queue.busy >= queue.concurrency
  const doubled = Math.min(queue.concurrency * 2, queue.concurrencyMax)
  if (full && queue.ratePerSecond === null && doubled > queue.concurrency && aheadOf(facts) > 0 && pace !== null) {
    const seconds = startsIn(now, (pace * doubled) / queue.concurrency)
    add('raise-concurrency', `Raise concurrency to ${formatCount(doubled)}`, seconds, `starts ${about(seconds!)}, if the provider keeps up`)
  }
  if (!facts.suspect && (aheadOf(facts) > 0 || facts.state === 'delayed' || lane.limit !== null))
    add('promote', 'Promote this job past its lane', 1, full ? 'starts with the next free slot' : 'starts in a moment')
  if (help.length === 0) add('wait', 'Wait a moment', startsIn(facts, pace))
  return help
}

/** The answer for one job. */
export function whyNotRunning(id: string, facts: WhyFacts): WhyNotRunning {
  const pace = paceOf(facts)
  const stuck =
    facts.pause !== null || facts.endpoint?.enabled === false || facts.hold !== null || facts.workers.live === 0 || facts.lane.limit === 0
  const seconds = facts.state === 'active' ? 0 : stuck ? null : startsIn(facts, pace)
  return {
    id,
    sentence: sentenceOf(facts, seconds),
    startsInSeconds: seconds === null ? null : Math.round(seconds * 10) / 10,
    checks: checksOf(facts),
    help: helpOf(facts, pace).map((one) => ({
      ...one,
      startsInSeconds: one.startsInSeconds === null ? null : Math.round(one.startsInSeconds * 10) / 10,
    })),
  }
}
