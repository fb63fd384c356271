// Words of an event's waterfall.
import { countOf, formatAge, formatCount } from '../view/figures.ts'

const span = (ms: number): string => (ms < 1_000 ? `${Math.max(0, Math.round(ms))} ms` : formatAge(ms))

export const waterfallTexts = {
  label: 'What became of the event, over time',
  headLeft: 'Notification, delivery, attempt',
  headState: 'state',
  now: 'now',
  accepted: 'Accepted',
  fanOut: 'Relay and fan-out',
  scheduled: (at: string) => `scheduled ${at}`,
  deliveries: (count: number) => countOf(count, 'delivery', 'deliveries'),
  endpoint: 'endpoint',
  channels: { email: 'Email', webhook: 'Webhook', 'in-app': 'In-app' },
  verbs: { email: 'SMTP', webhook: 'POST', 'in-app': 'inbox' },
  again: (channel: string) => `${channel}, once more`,
  attempts: (count: number) => countOf(count, 'attempt'),
  running: 'running',
  outcomes: { delivered: 'delivered', retry: 'retry', failed: 'failed', 'give-up': 'refused for good', 'maybe-sent': 'maybe sent' },
  waits: 'waits for its turn',
  after: (ms: number) => `after ${span(ms)}`,
  span,
  sequence: (sequence: number) => `seq ${formatCount(sequence)}`,
  read: (at: string) => `read ${at}`,
  unread: 'not read',
  next: (at: string, inMs: number) =>
    inMs > 0 ? `next ${at}, in ${inMs < 99_500 ? `${Math.round(inMs / 1_000)} s` : span(inMs)}` : `next ${at}, due now`,
  legend: { wait: 'waits in a queue', backOff: 'backs off', work: 'works', planned: 'planned' },
  axisBreaks: 'The axis breaks at 100 ms.',
  hidden: (count: number) => `${countOf(count, 'more delivery', 'more deliveries')} not drawn`,
  fold: (name: string) => `Attempts of ${name}`,
} as const
