// OpenAPI 3.1 out of the operations: what routes parse by is what the document says.
import { OpenAPIRegistry, OpenApiGeneratorV31, type ResponseConfig, type RouteConfig } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'
import { neededRole } from '#services/identity/index.ts'
import {
  errorDescriptions,
  responsesOf,
  tags,
  takesBody,
  type Operation,
  type OperationResponse,
  type Tag,
} from '#shared/contracts/operations/operation.ts'
import { problemMediaType, problemSchema } from '#shared/contracts/problem.ts'
import type { OpenApiDocument } from './document.ts'

const description = `Signalbox takes events, turns them into notifications, delivers them, and keeps what failed until a person decides.

- Everything is JSON in UTF-8 with \`camelCase\` fields; times are ISO 8601 in UTC. Unknown fields are refused.
- Call with \`Authorization: Bearer sb_...\`; the inbox is called with a recipient's token instead.
- Errors are RFC 9457 \`application/problem+json\`; \`errors\` says where. Every answer carries \`x-request-id\`.
- Lists answer \`items\` and \`nextCursor\`; give it back as \`cursor\` until it is null.
- 429 and 503 carry \`Retry-After\` in seconds.`

/** The document of these operations. `version` is the product's. */
export function buildOpenApi(operations: readonly Operation[], version: string): OpenApiDocument {
  const registry = new OpenAPIRegistry()
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'sb_...',
    description: 'An API key of one workspace. What it may do is said by its scopes.',
  })
  registry.registerComponent('securitySchemes', 'recipientToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A token for one recipient, made by `POST /api/v1/recipients/{id}/inbox-token`.',
  })
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'sb_session',
    description:
      'A signed-in operator, by `POST /api/v1/session`; the cookie is called `__Host-sb_session` on https. The role in the workspace that ' +
      '`x-signalbox-workspace` names (the first one without it) decides. Unsafe methods only from pages of this origin.',
  })
  registry.registerComponent('headers', 'RequestId', {
    description: 'Finds this request in the logs; your own `x-request-id` when it was sane',
    schema: { type: 'string' },
  })
  registry.registerComponent('headers', 'RetryAfter', { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } })
  for (const [status, name] of Object.entries(sharedResponses))
    registry.registerComponent('responses', name, sharedResponse(Number(status)))
  for (const operation of operations) registry.registerPath(routeOf(operation))
  const used = new Set(operations.map((operation) => operation.tags[0]))
  const document = new OpenApiGeneratorV31([{ type: 'schema', schema: problemSchema }, ...registry.definitions], {
    sortComponents: 'alphabetically',
  }).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Signalbox API', version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: (Object.keys(tags) as Tag[]).filter((tag) => used.has(tag)).map((name) => ({ name, description: tags[name] })),
  })
  return withoutRegexFlags(document) as OpenApiDocument
}

/** JSON Schema patterns are bare: the generator leaves the flags of /.../u at their end. */
function withoutRegexFlags(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRegexFlags)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'pattern' && typeof item === 'string' ? item.replace(/(?<!\\)\/[dgimsuvy]+$/, '') : withoutRegexFlags(item),
    ]),
  )
}

function routeOf(operation: Operation): RouteConfig {
  const scope = typeof operation.auth === 'object' ? operation.auth.scope : undefined
  const text = [operation.description, needs(operation)].filter(Boolean).join('\n\n')
  return {
    method: operation.method.toLowerCase() as 'get',
    path: operation.path,
    operationId: operation.operationId,
    summary: operation.summary,
    ...(text ? { description: text } : {}),
    tags: [...operation.tags],
    security: securityOf(operation).map((scheme) => ({ [scheme]: [] })),
    ...(scope ? { 'x-signalbox-scope': scope } : {}),
    request: {
      ...(operation.params ? { params: operation.params } : {}),
      ...(operation.query ? { query: operation.query } : {}),
      ...headersOf(operation),
      ...(takesBody(operation) ? { body: bodyOf(operation) } : {}),
    },
    responses: Object.fromEntries(
      Object.entries(responsesOf(operation)).map(([key, response]) => {
        const status = Number(key)
        const shared = operation.responses[status] ? undefined : sharedResponses[status]
        return [key, shared ? { $ref: `#/components/responses/${shared}` } : responseOf(operation, status, response)]
      }),
    ),
  }
}

/** Either of these; the first is the one that examples show. */
function securityOf({ auth }: Operation): string[] {
  if (auth === 'public') return []
  if (auth === 'recipient') return ['recipientToken']
  return auth === 'operator' ? ['session'] : ['apiKey', 'session']
}

function needs({ auth, method }: Operation): string | undefined {
  if (auth === 'operator') return 'Needs a signed-in operator.'
  if (typeof auth === 'string') return undefined
  const operator = auth.instance ? 'an operator of the instance' : `the role \`${neededRole({ ...auth, method })}\``
  return `Needs the scope \`${auth.scope}\`${auth.instance ? ' and a key of the instance' : ''}, or ${operator}.`
}

/** Errors that follow from the shape of an operation, once for all of them. */
const sharedResponses: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthenticated',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  413: 'PayloadTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'RateLimited',
  500: 'InternalError',
  503: 'Unavailable',
}

function sharedResponse(status: number) {
  return {
    description: errorDescriptions[status] as string,
    headers: {
      'x-request-id': { $ref: '#/components/headers/RequestId' },
      ...(status === 429 || status === 503 ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}),
      ...(status === 401 ? { 'WWW-Authenticate': { description: 'Bearer', schema: { type: 'string' as const } } } : {}),
    },
    content: { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } },
  }
}

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .optional()
  .meta({
    description: 'The same key with the same body gets the first answer again, for 24 hours; with another body 422',
    example: 'order-4711-paid',
  })

function headersOf(operation: Operation): { headers?: z.ZodObject } {
  const shape: Record<string, z.ZodType> = {}
  if (operation.idempotent) shape['Idempotency-Key'] = idempotencyKey
  for (const [name, header] of Object.entries(operation.headers ?? {})) {
    const schema = (header.schema ?? z.string()).meta({ description: header.description })
    shape[name] = header.required ? schema : schema.optional()
  }
  return Object.keys(shape).length > 0 ? { headers: z.object(shape) } : {}
}

function bodyOf(operation: Operation): NonNullable<NonNullable<RouteConfig['request']>['body']> {
  const content: Record<string, { schema: z.ZodType; examples?: Record<string, { summary: string; value: unknown }> }> = {}
  const mediaTypes = operation.mediaTypes ?? ['application/json']
  for (const mediaType of operation.bodySchemas ? Object.keys(operation.bodySchemas) : mediaTypes) {
    const schema =
      operation.bodySchemas?.[mediaType] ?? (operation.body === 'raw' || operation.body === undefined ? z.unknown() : operation.body)
    const examples = Object.entries(operation.examples ?? {}).filter(
      ([, example]) => (example.mediaType ?? 'application/json') === mediaType,
    )
    content[mediaType] = {
      schema,
      ...(examples.length > 0
        ? { examples: Object.fromEntries(examples.map(([name, { summary, value }]) => [name, { summary, value }])) }
        : {}),
    }
  }
  return { content, required: operation.bodyOptional !== true }
}

function responseOf(operation: Operation, status: number, response: OperationResponse): ResponseConfig {
  const schema = response.schema ?? (status >= 400 ? problemSchema : undefined)
  const mediaType = response.mediaType ?? (response.schema ? 'application/json' : problemMediaType)
  const headers: Record<string, unknown> = { 'x-request-id': { $ref: '#/components/headers/RequestId' } }
  if (status === 429 || status === 503) headers['Retry-After'] = { $ref: '#/components/headers/RetryAfter' }
  if (operation.idempotent && status >= 200 && status < 300) {
    headers['idempotency-replayed'] = {
      description: '`true` when this is the first answer again',
      schema: { type: 'string', enum: ['true'] },
    }
  }
  for (const [name, header] of Object.entries(response.headers ?? {}))
    headers[name] = { description: header.description, schema: { type: 'string' } }
  return {
    description: response.description,
    headers: headers as NonNullable<ResponseConfig['headers']>,
    ...(schema ? { content: { [mediaType]: { schema, ...(response.example === undefined ? {} : { example: response.example }) } } } : {}),
  }
}
