// Words of the pages about messages: events, notifications, deliveries, recipients.
import { countOf, formatCount } from '../view/figures.ts'

export const filterTexts = {
  state: 'state',
  channel: 'channel',
  type: 'event type',
  recipient: 'recipient',
  address: 'address',
  subject: 'subject',
  workflow: 'workflow',
  from: 'from',
  to: 'to',
  /** Whose hours they are. */
  zone: 'UTC',
  clear: 'Clear all',
  more: 'More filters',
  fewer: 'Fewer filters',
  filters: 'Filters',
  apply: 'Enter applies it',
} as const

export const eventsTexts = {
  title: 'Events',
  list: 'Events, newest first',
  columns: { type: 'Type', subject: 'Subject', state: 'State', accepted: 'Accepted', took: 'Took', source: 'Source', id: 'Event' },
  emptyTitle: 'No events yet.',
  emptyText: 'An event is something that happened, sent in by a client: `POST /api/v1/events`.',
  emptyAction: 'Send a test',
  noneTitle: 'No event matches these filters.',
  noneText: 'The subject has to be the whole one; a recipient finds events that made a message for them.',
  explainInstead: (recipient: string) => `Why did ${recipient} not get something?`,
} as const

export const eventTexts = {
  question: 'Did they get it?',
  type: 'type',
  subject: 'subject',
  source: 'source',
  from: (source: string) => `source ${source}`,
  accepted: 'accepted',
  workflow: 'workflow',
  scheduled: 'scheduled',
  expires: 'expires',
  audience: 'audience',
  priority: 'priority',
  priorities: { low: 'low: after what else waits', high: 'high: before what else waits' },
  data: 'Data',
  who: 'Who it was for',
  topic: 'topic',
  named: 'named directly',
  endpointsOn: (type: string) => `endpoints on ${type}`,
  suppressedBy: 'suppressed',
  ledger: 'Ledger of this event',
  deliveries: (count: number) => countOf(count, 'delivery', 'deliveries'),
  unaccounted: 'unaccounted',
  nobody: 'nobody by name: endpoints only',
  cancel: 'Cancel...',
  cancelTitle: 'Cancel what has not been sent',
  cancelText: (waiting: number) =>
    waiting === 0
      ? 'The event is cancelled before anything was made of it. Nothing of it is sent any more.'
      : `${countOf(waiting, 'delivery', 'deliveries')} of it ${waiting === 1 ? 'waits' : 'wait'} and will not be sent. What is being sent at this moment ends as its attempt ends.`,
  cancelConfirm: 'Cancel the event',
  cancelWhyNot: 'It has ended already: nothing is left to cancel.',
  chain: 'Why, row by row',
  allNotifications: 'All notifications of this event',
  map: 'On the map',
} as const

export const inspectorTexts = {
  attempt: (number: number, of: number) => `Attempt ${number} of ${of}`,
  noAttempt: 'No attempt yet',
  through: (who: string, channel: string) => `${who}, ${channel}`,
  until: (from: string, to: string) => `${from} to ${to}`,
  running: 'running since',
  connect: 'Connect',
  tls: 'TLS',
  firstByte: 'To the first byte',
  rest: 'The rest of the answer',
  untilYes: { email: 'Until the mail server said yes', webhook: 'Until the endpoint answered', 'in-app': 'Until it stood in the inbox' },
  untilNo: 'Until it failed',
  waited: 'Waited before it',
  answer: "Provider's answer",
  noAnswer: 'Nothing was answered.',
  saw: (who: string, how: string) => `What ${who} ${how}`,
  openMail: 'Open mail',
  notRendered: 'Nothing was rendered for it.',
  delivery: 'delivery',
  notification: 'notification',
  address: 'address',
  workflow: 'workflow',
  step: 'step',
  previous: 'repeats',
  next: 'sent again as',
  resend: 'Resend...',
  resendTitle: (what: string) => `Resend ${what}`,
  resendText: (state: string) =>
    state === 'delivered'
      ? 'It was delivered: the receiver gets it a second time, as a new delivery that is linked to this one.'
      : state === 'maybe-sent'
        ? 'It may have arrived: the receiver may get it a second time, as a new delivery that is linked to this one.'
        : 'A new delivery with the same content, linked to this one. A mail goes to the address that the recipient has now.',
  resendConfirm: 'Send 1 message',
  choose: 'Choose a delivery or an attempt to see what was answered and what they saw.',
  mailFrame: 'The message as it was rendered, without its scripts, styles and pictures from elsewhere',
  text: 'Text',
  html: 'HTML',
} as const

export const notificationsTexts = {
  title: 'Notifications',
  list: 'Notifications, newest first',
  columns: {
    recipient: 'Recipient',
    subject: 'Subject',
    channel: 'Channel',
    state: 'State',
    address: 'Address',
    workflow: 'Workflow',
    created: 'Made',
  },
  emptyTitle: 'No notifications yet.',
  emptyText: 'A notification is one message for one recipient, made from an event by a workflow that is published.',
  emptyAction: 'Workflows',
  noneTitle: 'No notification matches these filters.',
  noneText: 'An address is matched as a whole, a subject by any part of it.',
  noSubject: 'not rendered',
} as const

export const deliveryTexts = {
  title: 'Delivery',
  attempts: 'Attempts',
  columns: { number: 'No.', started: 'Started', took: 'Took', outcome: 'Outcome', status: 'Status', answer: 'Answer' },
  none: 'No attempt was made.',
  openEvent: 'Open the event',
  endpoint: 'endpoint',
  recipient: 'recipient',
  state: 'state',
  why: 'Why',
  generation: (number: number) => (number === 0 ? "the event's own" : `sent again, ${formatCount(number)}`),
} as const

export const explainTexts = {
  title: (who: string) => `Why did ${who} not get something?`,
  forEvent: 'of event',
  ask: 'Ask',
  event: 'Event id, or nothing for the last events',
  recipient: 'Recipient id or address',
  chain: 'The rows that prove it',
  lastEvents: 'Last events',
  results: { ok: 'ok', wait: 'waits', warn: 'not well', stop: 'ends here', info: 'noted' },
} as const
