// One event on the map: the places it passed, in their order, and the time it spent at each, from its own rows. What the rows do not
// know (how long a request was under way, how a wait was shared between outbox and queue) is not guessed: it has no time.
import type { Channel, DeliveryView, EventView } from '../contracts/event.ts'
import { traceTexts as texts } from '../texts/map-trace.ts'
import { formatTook } from './map-figures.ts'
import type { Lamp } from './status-view.ts'

export interface Station {
  number: number
  /** A place of the map. */
  place: string
  title: string
  /** After the event was accepted. */
  atMs: number
  /** null: the rows do not say. */
  spentMs: number | null
  /** Its work here is not over. */
  running: boolean
  note: string
  state: Lamp
  /** 0 to 1 on a log scale over all stations. */
  share: number
}

export interface EventTrace {
  sentence: string
  stations: Station[]
  /** By the ids of places and lines: what stands beside them. Lines without a time have null. */
  marks: Map<string, { number: number | null; text: string | null }>
}

const channelOrder: readonly Channel[] = ['in-app', 'webhook', 'email']
const providerOf: Record<Channel, string> = { 'in-app': 'inboxes', webhook: 'endpoints', email: 'mail' }
const time = (at: string): number => Date.parse(at)

/** `apiId`: the place of the API in the topology shown. */
export function traceEvent(event: EventView, nowMs: number, apiId: string): EventTrace {
  const startMs = time(event.acceptedAt)
  const draft: Omit<Station, 'number' | 'share'>[] = []
  const lines = new Map<string, string | null>()
  const add = (station: Partial<Station> & Pick<Station, 'place' | 'title' | 'note' | 'atMs'>): void =>
    void draft.push({ spentMs: null, running: false, state: 'ok', ...station })

  add({ place: 'clients', title: texts.clients, atMs: 0, note: texts.sent })
  add({ place: apiId, title: texts.api, atMs: 0, note: texts.checked })
  add({ place: 'postgres', title: 'Postgres', atMs: 0, note: texts.durable })
  for (const id of ['auth>limits', 'limits>validation', 'validation>postgres', 'postgres>outbox']) lines.set(id, null)
  lines.set(`clients>${apiId}`, null).set(`${apiId}>auth`, null)

  const routed = routing(event, startMs, nowMs)
  if (routed) {
    add({ place: 'queue:fan-out', title: 'fan-out', ...routed })
    for (const id of ['outbox>relay', 'queue:fan-out>workers:fan-out']) lines.set(id, null)
    lines.set('relay>queue:fan-out', routed.spentMs === null ? null : writeSpent(routed.spentMs))
  }
  if (event.deliveries.length) lines.set('workers:fan-out>outbox', texts.written(event.deliveries.length))

  for (const channel of channelOrder) {
    const deliveries = event.deliveries.filter((one) => one.channel === channel)
    if (deliveries.length) addChannel(channel, deliveries)
  }

  function addChannel(channel: Channel, deliveries: readonly DeliveryView[]): void {
    const place = providerOf[channel]
    const direct = channel === 'in-app' && deliveries.every(({ attempts }) => attempts.length <= 1)
    const worked = deliveries.filter(({ attempts }) => attempts.length > 0)
    const queue = `delivery-${channel}`
    if (!direct) {
      const wait = waiting(deliveries, startMs, nowMs)
      if (wait) {
        add({ place: `queue:${queue}`, title: queue, ...wait })
        lines.set(`relay>queue:${queue}`, wait.spentMs === null ? null : writeSpent(wait.spentMs))
      }
      if (worked.length) lines.set(`queue:${queue}>workers:${queue}`, null)
    }
    if (worked.length || deliveries.some(({ state }) => state === 'delivered')) {
      const call = calling(deliveries, startMs, nowMs)
      add({ place, title: texts.provider[channel], ...call })
      lines.set(direct ? 'workers:fan-out>inboxes' : `workers:${queue}>${place}`, call.spentMs === null ? null : writeSpent(call.spentMs))
    }
    if (deliveries.some(({ state }) => state === 'dead')) lines.set(`workers:${direct ? 'fan-out' : queue}>letters`, null)
  }

  const dead = event.deliveries.filter(({ state }) => state === 'dead')
  if (dead.length || event.state === 'dead') {
    const at = Math.max(0, ...dead.map(({ finishedAt }) => (finishedAt ? time(finishedAt) - startMs : 0)))
    add({ place: 'letters', title: texts.letters, atMs: at, note: texts.died(Math.max(1, dead.length)), state: 'fail' })
    if (event.state === 'dead' && dead.length === 0) lines.set('workers:fan-out>letters', null)
  }

  const longest = Math.max(1, ...draft.map(({ spentMs }) => spentMs ?? 0))
  const stations = draft.map((station, index) => ({ ...station, number: index + 1, share: logShare(station.spentMs, longest) }))
  const marks = new Map<string, { number: number | null; text: string | null }>(
    [...lines].map(([id, text]) => [id, { number: null, text }]),
  )
  for (const { place, number } of stations) marks.set(place, { number, text: null })
  // On the way without a time of their own.
  for (const place of ['auth', 'limits', 'validation', ...(routed ? ['outbox', 'relay', 'workers:fan-out'] : [])])
    marks.set(place, { number: null, text: null })
  for (const id of lines.keys()) if (id.startsWith('queue:')) marks.set(id.split('>')[1] as string, { number: null, text: null })
  return { sentence: sentenceOf(event), stations, marks }
}

/** Times of rows are whole milliseconds. */
export function writeSpent(ms: number): string {
  return ms < 1 ? '<1 ms' : ms < 10 ? `${Math.round(ms)} ms` : formatTook(ms)
}

/** A log scale, so that 3 ms can be seen beside 41 s. */
export function logShare(ms: number | null, longestMs: number): number {
  if (ms === null || ms <= 0) return 0
  return Math.min(1, Math.log10(1 + ms) / Math.log10(1 + longestMs))
}

type Timed = Pick<Station, 'atMs' | 'spentMs' | 'running' | 'note' | 'state'>

/** From accepted to its deliveries: the outbox, the hand-over and the fan-out together. */
function routing(event: EventView, startMs: number, nowMs: number): Timed | null {
  if (event.state === 'scheduled') {
    const due = event.scheduledAt ? time(event.scheduledAt) : nowMs
    return { atMs: 0, spentMs: null, running: true, note: texts.scheduled(formatTook(Math.max(0, due - nowMs))), state: 'none' }
  }
  const made = event.deliveries.map(({ createdAt }) => time(createdAt))
  const ended = made.length ? Math.min(...made) : event.completedAt ? time(event.completedAt) : null
  const counted = new Set(event.deliveries.map(({ channel }) => channel)).size
  if (ended === null) return { atMs: 0, spentMs: nowMs - startMs, running: true, note: texts.waitsForFanOut, state: 'none' }
  const from = event.scheduledAt ? Math.max(startMs, time(event.scheduledAt)) : startMs
  const note = made.length ? texts.routed(made.length, counted) : texts.unmatched
  return { atMs: from - startMs, spentMs: Math.max(0, ended - from), running: false, note, state: event.state === 'dead' ? 'fail' : 'ok' }
}

/** Before the first attempt: the longest of the channel's deliveries. */
function waiting(deliveries: readonly DeliveryView[], startMs: number, nowMs: number): Timed | null {
  const waits = deliveries
    .filter(({ state, attempts }) => attempts.length > 0 || ['pending', 'held'].includes(state))
    .map(({ createdAt, attempts }) => {
      const first = attempts[0]
      return { from: time(createdAt), to: first ? time(first.startedAt) : null }
    })
  if (waits.length === 0) return null
  const still = waits.filter(({ to }) => to === null).length
  const held = deliveries.filter(({ state }) => state === 'held').length
  const spentMs = Math.max(...waits.map(({ from, to }) => Math.max(0, (to ?? nowMs) - from)))
  const note = held ? texts.held(held) : still ? texts.stillWaiting(still) : texts.waited(waits.length)
  return { atMs: Math.min(...waits.map(({ from }) => from)) - startMs, spentMs, running: still > 0, note, state: held ? 'paused' : 'ok' }
}

/** Attempts, with what lies between them: the longest of the channel's deliveries. */
function calling(deliveries: readonly DeliveryView[], startMs: number, nowMs: number): Timed {
  const tried = deliveries.filter(({ attempts }) => attempts.length > 0)
  if (tried.length === 0) {
    const at = Math.min(...deliveries.map(({ finishedAt, createdAt }) => time(finishedAt ?? createdAt)))
    return { atMs: at - startMs, spentMs: null, running: false, note: texts.delivered(deliveries.length), state: 'ok' }
  }
  const spans = tried.map((delivery) => {
    const first = delivery.attempts[0] as DeliveryView['attempts'][number]
    const last = delivery.attempts.at(-1) as DeliveryView['attempts'][number]
    const open = last.durationMs === null || ['retrying', 'sending', 'pending'].includes(delivery.state)
    const end = open ? nowMs : time(last.startedAt) + (last.durationMs ?? 0)
    return { delivery, from: time(first.startedAt), spentMs: Math.max(0, end - time(first.startedAt)), open, last }
  })
  const longest = spans.reduce((a, b) => (b.spentMs > a.spentMs ? b : a))
  const running = spans.some(({ open }) => open)
  const bad = spans.filter(({ delivery, open, last }) => delivery.state === 'dead' || (open && last.outcome === 'retry'))
  const worst = (bad[0] ?? longest).delivery
  return {
    atMs: Math.min(...spans.map(({ from }) => from)) - startMs,
    spentMs: longest.spentMs,
    running,
    note: texts.attempts(
      worst.attempts.length,
      worst.attempts.map(({ statusCode, error, outcome }) => error ?? statusCode ?? outcome ?? texts.noAnswer),
    ),
    state: bad.length ? 'fail' : 'ok',
  }
}

function sentenceOf(event: EventView): string {
  const all = event.deliveries.length
  if (event.state === 'scheduled') return texts.sentence.scheduled
  if (all === 0)
    return event.state === 'unmatched' ? texts.sentence.unmatched : event.state === 'dead' ? texts.sentence.dead : texts.sentence.underWay
  const count = (...states: DeliveryView['state'][]): number => event.deliveries.filter(({ state }) => states.includes(state)).length
  return [
    texts.sentence.delivered(count('delivered'), all),
    ...(count('pending', 'sending') ? [texts.sentence.waiting(count('pending', 'sending'))] : []),
    ...(count('retrying') ? [texts.sentence.retrying(count('retrying'))] : []),
    ...(count('held') ? [texts.sentence.held(count('held'))] : []),
    ...(count('dead') ? [texts.sentence.died(count('dead'))] : []),
    ...(count('suppressed') ? [texts.sentence.suppressed(count('suppressed'))] : []),
    ...(count('cancelled') ? [texts.sentence.cancelled(count('cancelled'))] : []),
    ...(count('maybe-sent') ? [texts.sentence.maybe(count('maybe-sent'))] : []),
  ].join(' ')
}
