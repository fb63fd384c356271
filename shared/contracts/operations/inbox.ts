import { z } from 'zod'
import {
  inboxCountSchema,
  inboxItemParamsSchema,
  inboxItemSchema,
  inboxListQuerySchema,
  inboxLiveQuerySchema,
  inboxPageSchema,
  inboxReadAllSchema,
  inboxTokenRequestSchema,
  inboxTokenSchema,
} from '../inbox.ts'
import { recipientIdSchema } from '../recipient.ts'
import { operation, type Operation } from './operation.ts'

export const issueInboxToken = operation({
  method: 'POST',
  path: '/api/v1/recipients/{id}/inbox-token',
  operationId: 'issueInboxToken',
  summary: 'Issue a token for one inbox',
  description:
    'Your backend calls this and hands the token to the browser of the person it has signed in. It opens the inbox of this recipient and nothing else. ' +
    'The recipient need not exist yet: its first event makes it.',
  tags: ['Inbox'],
  auth: { scope: 'recipients' },
  params: z.strictObject({ id: recipientIdSchema }),
  body: inboxTokenRequestSchema,
  bodyOptional: true,
  responses: { 200: { description: 'The token, shown here only', schema: inboxTokenSchema } },
})

export const listInbox = operation({
  method: 'GET',
  path: '/api/v1/inbox',
  operationId: 'listInbox',
  summary: 'List the inbox, newest first',
  tags: ['Inbox'],
  auth: 'recipient',
  query: inboxListQuerySchema,
  responses: { 200: { description: 'A page of items', schema: inboxPageSchema } },
})

export const countInbox = operation({
  method: 'GET',
  path: '/api/v1/inbox/count',
  operationId: 'countInbox',
  summary: 'Count what is unread',
  tags: ['Inbox'],
  auth: 'recipient',
  responses: { 200: { description: 'The number on the bell', schema: inboxCountSchema } },
})

export const readInboxItem = mark('read', 'readInboxItem', 'Mark an item as read', 'Twice changes nothing: the first time stays.')
export const unreadInboxItem = mark('unread', 'unreadInboxItem', 'Mark an item as unread', 'Twice changes nothing.')
export const archiveInboxItem = mark(
  'archive',
  'archiveInboxItem',
  'Archive an item',
  'It leaves the list and the count. Its read mark stays as it is.',
)

export const readWholeInbox = operation({
  method: 'POST',
  path: '/api/v1/inbox/read-all',
  operationId: 'readWholeInbox',
  summary: 'Mark everything as read',
  description: 'Everything that has arrived by now; what arrives during the call stays unread.',
  tags: ['Inbox'],
  auth: 'recipient',
  responses: { 200: { description: 'How many changed', schema: inboxReadAllSchema } },
})

export const followInbox = operation({
  method: 'GET',
  path: '/api/v1/inbox/live',
  operationId: 'followInbox',
  summary: 'Follow the inbox live',
  description: [
    'Server-sent events. Begins after the sequence in `Last-Event-ID` or `after`, without gaps and without repeats; without either, with what arrives from now on. Ends when the token expires.',
    '',
    '- `item`: one item; its `id` is its sequence.',
    '- `update`: an item whose marks changed, in this tab or in another one.',
    '- `read-all`: `{ throughSequence }`, everything up to it is read.',
    '- `ready`: `{ sequence }`, where a stream begins that named no sequence.',
    '- `resync`: `{ sequence }`, the client is more than 500 items behind (or ahead, after a restore): read the list again; the stream goes on after this sequence.',
    '',
    '`update` and `read-all` are told as they happen and are not repeated after a reconnect. A comment every 15 s keeps proxies from closing a quiet stream. At most 10 streams per recipient and API process.',
  ].join('\n'),
  tags: ['Inbox'],
  auth: 'recipient',
  query: inboxLiveQuerySchema,
  headers: { 'last-event-id': { description: 'The last sequence that the client holds', schema: z.string() } },
  streams: true,
  responses: {
    200: { description: 'The stream', mediaType: 'text/event-stream', schema: z.string() },
    429: { description: 'This recipient has too many streams', headers: { 'retry-after': { description: 'Seconds' } } },
  },
})

export const inboxOperations: Operation[] = [
  issueInboxToken,
  listInbox,
  countInbox,
  readInboxItem,
  unreadInboxItem,
  archiveInboxItem,
  readWholeInbox,
  followInbox,
]

function mark<const Verb extends string, const Id extends string>(verb: Verb, operationId: Id, summary: string, description: string) {
  return operation({
    method: 'POST',
    path: `/api/v1/inbox/{id}/${verb}`,
    operationId,
    summary,
    description,
    tags: ['Inbox'],
    auth: 'recipient',
    params: inboxItemParamsSchema,
    responses: { 200: { description: 'The item as it is now', schema: inboxItemSchema } },
  })
}
