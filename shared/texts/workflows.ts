// Words of the pages about workflows, and of the page that sends a test.
import { countOf } from '../view/figures.ts'

export const workflowsTexts = {
  title: 'Workflows',
  list: 'Workflows by key',
  columns: { key: 'Workflow', name: 'Name', eventType: 'Event type', channels: 'Channels', version: 'Published', updated: 'Changed' },
  eventType: 'event type',
  draft: 'draft only',
  version: (version: number) => `version ${version}`,
  changed: 'draft is newer',
  emptyTitle: 'No workflows yet.',
  emptyText: 'A workflow says what to send when an event type arrives: `PUT /api/v1/workflows/{key}`, then publish it.',
  noneTitle: 'No workflow is for this event type.',
} as const

export const workflowTexts = {
  crumb: 'Workflows',
  sentence: (state: { draft: number; published: number | null; type: string }) =>
    state.published === null
      ? `A draft: events of type ${state.type} do not go through it until it is published.`
      : state.published === state.draft
        ? `Version ${state.published} is published: every ${state.type} goes through it.`
        : `Version ${state.published} is published. The draft, version ${state.draft}, is newer and does nothing yet.`,
  critical: 'critical: preferences and quiet hours do not hold it back',
  publish: 'Publish...',
  publishTitle: (key: string, version: number) => `Publish ${key} version ${version}`,
  publishText: (type: string) =>
    `Every ${type} that is accepted from now on goes through this version. Events that were accepted before keep theirs.`,
  publishConfirm: (version: number) => `Publish version ${version}`,
  publishWhyNot: 'The draft is what is published.',
  steps: 'Steps of the draft',
  step: (id: string, channel: string) => `${id}, ${channel}`,
  parts: { subject: 'Subject', html: 'HTML', text: 'Text', title: 'Title', body: 'Body', url: 'Link' },
  preview: 'Preview',
  previewData: 'Data of the event',
  previewRecipient: 'Recipient',
  previewVersion: { draft: 'the draft', published: 'what is published' },
  with: 'with',
  useLast: 'Take the last event',
  lastFrom: (at: string) => `data of the event accepted at ${at}`,
  noLast: 'No event of this type was accepted yet.',
  render: 'Render',
  rendered: (version: number) => `Rendered with version ${version}`,
  cannot: 'cannot be rendered with this data',
  test: 'Send a test...',
  testTitle: (key: string) => `Send ${key} to one recipient`,
  testText: (type: string, who: string) =>
    `A real event of type ${type} with this data, to \`${who}\`: it takes the whole path, by the published version.`,
  testConfirm: 'Send 1 event',
  testWhyNot: 'It has not been published.',
  testNeedsRecipient: 'Name a recipient first.',
  sent: 'Sent. What becomes of it:',
} as const

export const sendTexts = {
  title: 'Send a test',
  intro: 'A real event: it takes the whole path, and its recipients get it.',
  type: 'Event type',
  typeHint: 'pull_request.opened',
  recipients: 'Recipients, one a line',
  recipientsHint: 'u1\nu2 ada@example.com\ntopic:repo-7-watchers',
  recipientsHelp: 'An id, an id with an email address, or `topic:` and its key. Nobody: endpoints only.',
  subject: 'Subject, or nothing',
  data: 'Data, as JSON',
  send: 'Send the event',
  notJson: (message: string) => `is not JSON: ${message}`,
  notObject: 'must be a JSON object: { ... }',
  answer: 'The answer',
  status: (ms: number) => `202 in ${ms} ms`,
  follow: 'Follow it',
  again: 'Send it again',
  matched: (keys: string) => `Goes through ${keys}.`,
  unmatched: 'No published workflow takes this type: only endpoints would get it.',
  deliveries: (count: number) => countOf(count, 'delivery', 'deliveries'),
} as const
