// One operation of the HTTP API, as data: the route parses by it, the policy is read from it, the OpenAPI document
// and the reference page are generated from it (docs/decisions/0013-operations-as-contracts.md).
import type { z } from 'zod'
import type { Scope } from '../scope.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Who may call: an API key with this scope, or an operator whose role covers it (`role`: at least that one, where reading takes more
 * than looking), with `instance` only those who own the instance
 * (queues, workers, lanes and operators belong to all workspaces); any signed-in operator by session, whatever the role;
 * the recipient that a JWT names; anybody, for health, metrics and signing in.
 */
export type OperationAuth = { scope: Scope; instance?: true; role?: 'operator' } | 'operator' | 'recipient' | 'public'

export interface OperationResponse {
  description: string
  /** JSON body, unless `mediaType` says otherwise. */
  schema?: z.ZodType
  mediaType?: string
  headers?: Record<string, { description: string; schema?: z.ZodType }>
  /** Shown in the document. */
  example?: unknown
}

export interface OperationExample {
  summary: string
  value: unknown
  mediaType?: string
}

export interface Operation {
  method: Method
  /** Full path with braces: '/api/v1/recipients/{id}'. */
  path: string
  /** camelCase verb + noun, unique: 'upsertRecipient'. */
  operationId: string
  /** One line, imperative. */
  summary: string
  /** CommonMark: paragraphs, `code`, lists. */
  description?: string
  tags: readonly [Tag]
  auth: OperationAuth
  /** Takes an Idempotency-Key. The handler does the work; the document names the header and 409. */
  idempotent?: true
  params?: z.ZodObject
  query?: z.ZodObject
  /** Request headers that mean something, for the document only. */
  headers?: Record<string, { description: string; schema?: z.ZodType; required?: boolean }>
  /** A strict schema of the JSON body, or 'raw': the handler reads the request itself. */
  body?: z.ZodType | 'raw'
  /** The schemas that the document shows for a 'raw' body, by media type. */
  bodySchemas?: Readonly<Record<string, z.ZodType>>
  /** An empty request stands for `{}`. */
  bodyOptional?: true
  /** Default 1 MB. */
  bodyLimitBytes?: number
  /** Default ['application/json']. */
  mediaTypes?: readonly string[]
  examples?: Record<string, OperationExample>
  /** A stream (SSE): never ends by itself, HEAD gets headers only. */
  streams?: true
  /**
   * What success looks like, and errors that only this operation has. Errors that follow from the shape are added by
   * `responsesOf` (400 always, 401, 403 and 429 with a scope, 403 with a session, 404 with params, 413, 415, 422 with a body, 500, 503).
   */
  responses: Record<number, OperationResponse>
}

export const tags = {
  Events: 'Send events in, follow what became of them.',
  Notifications: 'Messages made from events, one per recipient.',
  Deliveries: 'A notification on one channel, with its attempts.',
  Recipients: 'Who is notified, and what they want.',
  Topics: 'Named sets of recipients.',
  Workflows: 'What to send when an event type arrives.',
  Endpoints: 'Webhook targets of your customers.',
  Attachments: 'Files that events refer to.',
  'Dead letters': 'Work that used up its attempts or cannot be done.',
  Replays: 'Send dead letters again, counted and at a pace.',
  Queues: 'What waits, how long, and who works on it.',
  Ledger: 'Proof that nothing is lost.',
  Inbox: "A recipient's own messages, by JWT.",
  Mailbox: 'What the built-in mail catcher took.',
  Session: 'Signing in and out of the console.',
  Operators: 'The people of the console, their roles and workspaces.',
  Workspaces: 'What keeps one tenant apart from another.',
  'API keys': 'Who may call.',
  Audit: 'Who did what.',
  Live: 'What moves, as it moves.',
  System: 'Health, metrics and this document.',
} as const
export type Tag = keyof typeof tags

/** Keeps the literal types of an operation, so that a handler's params, query and body are typed by it. */
export function operation<const O extends Operation>(definition: O): O {
  return definition
}

/** What each error status means, whatever the operation. */
export const errorDescriptions: Record<number, string> = {
  400: 'The request cannot be read: malformed URL, not JSON, not UTF-8',
  401: 'No credential, or one that is not valid',
  403: 'The credential lacks the scope, or the operator the role',
  404: "Unknown, or another workspace's",
  409: 'Conflict with the state, or the first request with this Idempotency-Key is still running',
  413: 'The body is too large',
  415: 'The media type is missing, another one, or its charset is not UTF-8',
  422: 'The request is not valid; `errors` says where',
  429: 'The rate limit of this key is used up',
  500: 'Something went wrong here; the request id finds it in the logs',
  503: 'Overloaded, or a dependency does not answer',
}

/** True when the handler of this operation reads a body. */
export function takesBody(op: Operation): boolean {
  return op.body !== undefined
}

/** Every status that this operation can give, with what it means. */
export function responsesOf(op: Operation): Record<number, OperationResponse> {
  const statuses = new Set<number>([400, 500, 503])
  if (op.auth !== 'public') statuses.add(401)
  if (typeof op.auth === 'object') for (const status of [403, 429]) statuses.add(status)
  if (op.auth === 'operator' && op.method !== 'GET') statuses.add(403)
  // What a PUT names need not exist; but its name may be one that nothing can have.
  if (op.params) statuses.add(op.method === 'PUT' ? 422 : 404)
  if (takesBody(op)) for (const status of [413, 415, 422]) statuses.add(status)
  if (op.query) statuses.add(422)
  if (op.idempotent) for (const status of [409, 422]) statuses.add(status)
  const responses: Record<number, OperationResponse> = { ...op.responses }
  for (const status of [...statuses].sort()) responses[status] ??= { description: errorDescriptions[status] ?? 'Error' }
  return responses
}
