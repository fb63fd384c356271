// An event as rows over time: event, recipient, delivery, attempt. Positions only; the component draws them.
import type { DeliveryView, EventView, NotificationView } from '../contracts/event.ts'
import { waterfallTexts as texts } from '../texts/waterfall.ts'
import { isOpenEvent, deliveryLamps, isOpenDelivery } from './message-states.ts'
import type { Lamp } from './status-view.ts'
import { clockTime } from './times.ts'
import { makeAxis, partsOf, secondPieceFrom, xOf, type Axis } from './waterfall-axis.ts'

/** wait = hollow, back-off = dots, work = grey, ok and fail = an attempt. */
export type BarKind = 'wait' | 'back-off' | 'work' | 'ok' | 'fail'
export interface Bar {
  kind: BarKind
  x: number
  width: number
}
export interface Mark {
  /** disc = done, ring = planned, tick = a moment at which it ended without being sent. */
  kind: 'disc' | 'ring' | 'tick'
  x: number
}
export interface WaterfallRow {
  id: string
  kind: 'event' | 'group' | 'delivery' | 'attempt'
  /** Its delivery, for attempts. */
  parentId: string | null
  label: string
  sublabel: string
  lamp: Lamp | null
  state: string
  bars: Bar[]
  marks: Mark[]
  note: { x: number; text: string; side: 'right' | 'left' } | null
  /** Rows that can be folded: the number of attempts. */
  attempts: number
}
export interface Waterfall {
  axis: Axis
  /** Where now is, while something is still on its way. */
  nowX: number | null
  rows: WaterfallRow[]
  /** Deliveries that are not drawn: an event to a large topic has more than anybody reads. */
  hidden: number
}

type Attempt = DeliveryView['attempts'][number]

export interface WaterfallInput {
  event: EventView
  nowMs: number
  /** Endpoint id -> host and path. */
  endpoints: ReadonlyMap<string, string>
  /** Deliveries drawn at most; those that did not arrive come first then. */
  limit?: number
}

export function makeWaterfall({ event, nowMs, endpoints, limit = 60 }: WaterfallInput): Waterfall {
  const startMs = originOf(event)
  const since = (at: string): number => new Date(at).getTime() - startMs
  const open = isOpenEvent(event.state) || event.deliveries.some((delivery) => isOpenDelivery(delivery.state))
  const drawn = chooseDeliveries(event.deliveries, limit)
  const axis = makeAxis(endOf(event.deliveries, since, open ? nowMs - startMs : 0))
  const context: Context = { axis, since, nowMs: nowMs - startMs, startMs, byDelivery: notificationsOf(event) }
  const rows = eventRows(event, context, open)
  for (const [key, deliveries] of Map.groupBy(drawn, (delivery) => delivery.recipientId ?? delivery.endpointId ?? '')) {
    const isEndpoint = deliveries[0]!.endpointId !== null
    rows.push({
      ...emptyRow,
      id: `group ${key}`,
      kind: 'group',
      label: isEndpoint ? (endpoints.get(key) ?? texts.endpoint) : key,
      sublabel: isEndpoint ? texts.endpoint : '',
    })
    for (const delivery of deliveries) rows.push(...deliveryRows(delivery, context))
  }
  return { axis, nowX: open ? xOf(axis, context.nowMs) : null, rows, hidden: event.deliveries.length - drawn.length }
}

interface Context {
  axis: Axis
  since: (at: string) => number
  nowMs: number
  startMs: number
  byDelivery: Map<string, NotificationView>
}

const emptyRow = { parentId: null, sublabel: '', lamp: null, state: '', bars: [], marks: [], note: null, attempts: 0 }

/** Time begins with the acceptance; for what was scheduled, with its moment. */
function originOf(event: Pick<EventView, 'acceptedAt' | 'scheduledAt' | 'state'>): number {
  const accepted = new Date(event.acceptedAt).getTime()
  const scheduled =
    event.scheduledAt && event.state !== 'scheduled' && event.state !== 'cancelled' ? new Date(event.scheduledAt).getTime() : 0
  return Math.max(accepted, scheduled)
}

function chooseDeliveries(deliveries: DeliveryView[], limit: number): DeliveryView[] {
  if (deliveries.length <= limit) return deliveries
  const first = [...deliveries].sort((a, b) => Number(a.state === 'delivered') - Number(b.state === 'delivered')).slice(0, limit)
  const wanted = new Set(first.map((delivery) => delivery.id))
  return deliveries.filter((delivery) => wanted.has(delivery.id))
}

/** The last moment to show: what has happened, and what is planned as long as it does not press the rest together. */
function endOf(deliveries: DeliveryView[], since: (at: string) => number, nowMs: number): number {
  const moments = deliveries.flatMap((delivery) => [
    since(delivery.createdAt),
    ...(delivery.finishedAt ? [since(delivery.finishedAt)] : []),
    ...delivery.attempts.map((attempt) => since(attempt.startedAt) + (attempt.durationMs ?? 0)),
  ])
  const happened = Math.max(1, nowMs, ...moments)
  const planned = Math.max(0, ...deliveries.flatMap((delivery) => (delivery.nextAttemptAt ? [since(delivery.nextAttemptAt)] : [])))
  const end = Math.max(happened, Math.min(planned, happened * 1.6))
  return end <= 100 ? end : end * 1.04
}

function notificationsOf(event: EventView): Map<string, NotificationView> {
  return new Map(event.notifications.map((notification) => [notification.deliveryId, notification]))
}

function bar({ axis }: Context, kind: BarKind, fromMs: number, toMs: number): Bar[] {
  return partsOf(axis, Math.max(0, fromMs), Math.max(0, toMs)).map((part) => ({ kind, ...part }))
}

function eventRows(event: EventView, context: Context, open: boolean): WaterfallRow[] {
  const accepted: WaterfallRow = {
    ...emptyRow,
    id: event.id,
    kind: 'event',
    label: texts.accepted,
    state: clockTime(event.acceptedAt),
    marks: [{ kind: 'tick', x: xOf(context.axis, 0) }],
  }
  const first = event.deliveries.length > 0 ? Math.min(...event.deliveries.map((delivery) => context.since(delivery.createdAt))) : null
  const ended = event.completedAt ? context.since(event.completedAt) : null
  const doneMs = first ?? ended ?? (open ? context.nowMs : 0)
  const fanOut: WaterfallRow = {
    ...emptyRow,
    id: `${event.id} fan-out`,
    kind: 'event',
    label: texts.fanOut,
    state:
      event.state === 'scheduled' && event.scheduledAt
        ? texts.scheduled(clockTime(event.scheduledAt))
        : texts.deliveries(event.deliveries.length),
    bars: bar(context, 'wait', 0, doneMs),
    marks: first === null ? [] : [{ kind: 'tick', x: xOf(context.axis, doneMs) }],
    note: first === null ? null : noteAt(context.axis, doneMs, texts.after(Math.round(doneMs))),
  }
  return [accepted, fanOut]
}

const failed = new Set(['dead'])

function deliveryRows(delivery: DeliveryView, context: Context): WaterfallRow[] {
  const notification = context.byDelivery.get(delivery.id)
  const { bars, marks, lastMs } = pathOf(delivery, context)
  const channel = texts.channels[delivery.channel]
  const tried = delivery.nextAttemptAt === null ? delivery.attempts.at(-1) : undefined
  const row: WaterfallRow = {
    ...emptyRow,
    id: delivery.id,
    kind: 'delivery',
    label: delivery.previousId ? texts.again(channel) : channel,
    sublabel: delivery.attempts.length > 1 ? texts.attempts(delivery.attempts.length) : (notification?.address ?? ''),
    lamp: deliveryLamps[delivery.state],
    state: delivery.state,
    bars,
    marks,
    note: noteAt(context.axis, lastMs, deliveryNote(delivery, notification, context), tried ? context.since(tried.startedAt) : lastMs),
    attempts: delivery.attempts.length,
  }
  // One attempt that said yes is the delivery itself.
  const single = delivery.attempts.length === 1 && delivery.attempts[0]!.outcome === 'delivered'
  return single ? [row] : [row, ...delivery.attempts.map((attempt) => attemptRow(attempt, delivery, context))]
}

/** The way of a delivery: it waits, is tried, backs off, is tried again; what is planned is a ring. */
function pathOf(delivery: DeliveryView, context: Context): { bars: Bar[]; marks: Mark[]; lastMs: number } {
  const { axis, since, nowMs } = context
  const bars: Bar[] = []
  const marks: Mark[] = []
  const created = since(delivery.createdAt)
  let lastMs = created
  delivery.attempts.forEach((attempt, index) => {
    const startedMs = Math.max(lastMs, since(attempt.startedAt))
    bars.push(...bar(context, index === 0 ? 'wait' : 'back-off', lastMs, startedMs))
    const endedMs = attempt.durationMs === null ? Math.max(startedMs, nowMs) : startedMs + attempt.durationMs
    bars.push(...bar(context, barOf(attempt), startedMs, endedMs))
    lastMs = endedMs
  })
  const next = delivery.nextAttemptAt ? since(delivery.nextAttemptAt) : null
  if (delivery.state === 'delivered') {
    const at = delivery.finishedAt ? Math.max(lastMs, since(delivery.finishedAt)) : lastMs
    marks.push({ kind: 'disc', x: xOf(axis, at) })
    lastMs = at
  } else if (next !== null) {
    bars.push(...bar(context, 'back-off', lastMs, next))
    marks.push({ kind: 'ring', x: xOf(axis, next) })
    lastMs = Math.max(lastMs, Math.min(next, axis.endMs))
  } else if (isOpenDelivery(delivery.state)) {
    bars.push(...bar(context, 'wait', lastMs, Math.max(lastMs, nowMs)))
    lastMs = Math.max(lastMs, nowMs)
  } else {
    const at = delivery.finishedAt ? Math.max(lastMs, since(delivery.finishedAt)) : lastMs
    if (delivery.attempts.length === 0) bars.push(...bar(context, 'wait', created, at))
    if (!failed.has(delivery.state) || delivery.attempts.length === 0) marks.push({ kind: 'tick', x: xOf(axis, at) })
    lastMs = at
  }
  return { bars: bars.filter((one) => one.width > 0.0005 || one.kind === 'fail'), marks, lastMs }
}

function barOf(attempt: Attempt): BarKind {
  if (attempt.outcome === null) return 'work'
  return attempt.outcome === 'delivered' ? 'ok' : 'fail'
}

function attemptRow(attempt: Attempt, delivery: DeliveryView, context: Context): WaterfallRow {
  const startedMs = context.since(attempt.startedAt)
  const endedMs = attempt.durationMs === null ? Math.max(startedMs, context.nowMs) : startedMs + attempt.durationMs
  // Name, TCP and TLS stand before the call as work of their own.
  const dialedMs = Math.min(endedMs - startedMs, (attempt.connection?.connectMs ?? 0) + (attempt.connection?.tlsMs ?? 0))
  return {
    ...emptyRow,
    id: `${delivery.id}/${attempt.number}`,
    kind: 'attempt',
    parentId: delivery.id,
    label: String(attempt.number),
    sublabel: texts.verbs[delivery.channel],
    lamp: attemptLamp(attempt.outcome),
    state: attemptWord(attempt, delivery),
    bars: [
      ...(dialedMs > 0 ? bar(context, 'work', startedMs, startedMs + dialedMs) : []),
      ...bar(context, barOf(attempt), startedMs + dialedMs, endedMs),
    ],
    note: noteAt(context.axis, endedMs, attemptNote(attempt), startedMs),
  }
}

export function attemptLamp(outcome: Attempt['outcome']): Lamp {
  if (outcome === 'delivered') return 'ok'
  if (outcome === 'maybe-sent') return 'warn'
  return outcome === null ? 'none' : 'fail'
}

/** How an attempt ended, as a person says it: only one that another follows is a 'retry'. */
export function attemptWord(
  { outcome, number }: Pick<Attempt, 'outcome' | 'number'>,
  { state, attempts }: Pick<DeliveryView, 'state' | 'attempts'>,
): string {
  if (outcome === null) return texts.running
  const isLast = attempts.every((other) => other.number <= number)
  return texts.outcomes[outcome === 'retry' && isLast && !isOpenDelivery(state) ? 'failed' : outcome]
}

/** '200 after 182 ms', 'no connection within 10 s'. */
export function attemptNote(attempt: Attempt): string {
  const took = attempt.durationMs === null ? '' : texts.after(attempt.durationMs)
  const status = attempt.statusCode === null ? '' : String(attempt.statusCode)
  if (attempt.error) return status && !attempt.error.includes(status) ? `${status} ${attempt.error}` : attempt.error
  return [status, took].filter(Boolean).join(' ') || texts.running
}

function deliveryNote(delivery: DeliveryView, notification: NotificationView | undefined, { since, startMs, nowMs }: Context): string {
  const now = startMs + nowMs
  switch (delivery.state) {
    case 'delivered': {
      const parts = notification === undefined || notification.sequence === null ? [] : [texts.sequence(notification.sequence)]
      if (delivery.channel === 'in-app') parts.push(notification?.readAt ? texts.read(clockTime(notification.readAt)) : texts.unread)
      return parts.join(', ') || texts.span(delivery.finishedAt ? since(delivery.finishedAt) : 0)
    }
    case 'pending':
    case 'retrying':
      if (delivery.nextAttemptAt) return texts.next(clockTime(delivery.nextAttemptAt), new Date(delivery.nextAttemptAt).getTime() - now)
      return delivery.reason ?? texts.waits
    case 'sending':
      return texts.running
    case 'held':
    case 'suppressed':
    case 'cancelled':
    case 'dead':
    case 'maybe-sent':
      return delivery.reason ?? ''
  }
}

/** Words beside a bar: behind it, in the second piece where the first has no room; at the right edge before it, or on it where that has no room. */
function noteAt(axis: Axis, toMs: number, text: string, fromMs = toMs): WaterfallRow['note'] {
  if (!text) return null
  const end = xOf(axis, toMs)
  if (axis.breakMs !== Infinity && end < secondPieceFrom) return { x: secondPieceFrom + 0.005, text, side: 'right' }
  if (end <= 0.68) return { x: end + 0.015, text, side: 'right' }
  const begin = xOf(axis, fromMs)
  return { x: begin > 0.3 ? begin : end, text, side: 'left' }
}
