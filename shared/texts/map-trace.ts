// What the map says while it follows one event.
import { countOf } from '../view/figures.ts'

const are = (count: number, what: string): string => `${count === 1 ? 'One' : count} ${count === 1 ? 'is' : 'are'} ${what}.`

export const traceTexts = {
  title: 'Following one event',
  ask: 'Follow an event',
  hint: 'evt_… from an answer, a log or the events page',
  go: 'Follow',
  notAnId: 'An event id begins with evt_ and has 32 characters after it.',
  timeline: 'Open timeline',
  where: 'Where its time went',
  scale: 'log scale',
  previous: 'Previous stop',
  next: 'Next stop',
  foot: 'What this event did not touch is dimmed. Numbers on the map show the time it spent on each way.',
  accepted: 'accepted',
  ago: (age: string) => `${age} before this moment`,
  clients: 'API clients',
  api: 'API',
  letters: 'Dead letters',
  provider: { 'in-app': 'Inboxes', webhook: 'Endpoints', email: 'Mail' },
  sent: 'sent',
  checked: 'key, limits and body checked',
  durable: 'event and outbox row committed, then 202',
  written: (deliveries: number) => `${countOf(deliveries, 'delivery', 'deliveries')} written`,
  scheduled: (wait: string) => `scheduled, due in ${wait}`,
  waitsForFanOut: 'waits to be routed',
  routed: (deliveries: number, channels: number) =>
    `handed over, wrote ${countOf(deliveries, 'delivery', 'deliveries')} in ${countOf(channels, 'channel')}`,
  unmatched: 'no workflow and no endpoint wanted it',
  waited: (count: number) => (count === 1 ? 'waited' : `the longest of ${count} waits`),
  stillWaiting: (count: number) => `${countOf(count, 'delivery waits', 'deliveries wait')} for a first attempt`,
  held: (count: number) => `${countOf(count, 'delivery', 'deliveries')} held for a person`,
  delivered: (count: number) => `${count} delivered`,
  attempts: (tries: number, answers: readonly (string | number)[]) =>
    tries === 1 ? String(answers[0]) : `${tries} attempts: ${answers.slice(-3).join(', then ')}`,
  noAnswer: 'no answer yet',
  died: (count: number) => `${countOf(count, 'delivery', 'deliveries')} failed for good`,
  soFar: 'so far',
  sentence: {
    scheduled: 'It is scheduled and nothing was sent yet.',
    unmatched: 'No workflow and no endpoint wanted it, so nothing was sent.',
    dead: 'Its fan-out failed for good. The dead letter says why.',
    underWay: 'It is durable and waits to be routed.',
    delivered: (done: number, all: number) =>
      done === all ? (all === 1 ? 'It is delivered.' : `All ${all} are delivered.`) : `${done} of ${all} are delivered.`,
    waiting: (count: number) => are(count, 'on the way'),
    retrying: (count: number) => are(count, 'to be tried again'),
    held: (count: number) => are(count, 'held for a person'),
    died: (count: number) => `${count === 1 ? 'One' : count} failed for good.`,
    suppressed: (count: number) => `${count === 1 ? 'One was' : `${count} were`} suppressed by preference.`,
    cancelled: (count: number) => `${count === 1 ? 'One was' : `${count} were`} cancelled.`,
    maybe: (count: number) => `${count === 1 ? 'One may' : `${count} may`} have been sent: the answer was lost.`,
  },
} as const
