import type { z } from 'zod'
import type { KnownOperation } from '#shared/contracts/operations/index.ts'
import type { Method } from '#shared/contracts/operations/operation.ts'
import { ApiProblem } from '#shared/view/api-problem.ts'

const base = '/api/v1'

type Of<M extends Method> = Extract<KnownOperation, { method: M }>
type Known<M extends Method> = Of<M>['path'] extends infer P ? (P extends `${typeof base}${infer Rest}` ? Rest : never) : never
type At<M extends Method, P extends string> = Extract<Of<M>, { path: `${typeof base}${P}` }>
type In<O, Key extends string> = O extends Record<Key, infer S> ? (S extends z.ZodType ? z.input<S> : unknown) : undefined
type Answer<O> = O extends { responses: infer R }
  ? {
      [S in keyof R]: S extends 200 | 201 | 202 ? (R[S] extends { schema: infer T extends z.ZodType } ? z.output<T> : never) : never
    }[keyof R]
  : unknown

/** What a query may hold besides the strings that the API reads: what is undefined, null or '' is left out. */
type Loose<T> = { [K in keyof T]?: T[K] | string | number | boolean | null | undefined }

export interface CallOptions<O = unknown> {
  /** For the braces of the path. */
  params?: Record<string, string | number>
  query?: Loose<In<O, 'query'>>
  idempotencyKey?: string
  signal?: AbortSignal
}

export type ApiAnswer<M extends Method, P extends string> = Answer<At<M, P>>

/** '/queues/{name}' + { name } -> '/api/v1/queues/delivery-email?...' */
export function apiPath(path: string, params: CallOptions['params'] = {}, query: object = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name] ?? '')))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== '') search.append(name, String(value))
  const text = search.toString()
  return `${base}${filled}${text ? `?${text}` : ''}`
}

async function send(method: Method, path: string, options: CallOptions, body?: unknown): Promise<unknown> {
  const session = useSession()
  const headers: Record<string, string> = { accept: 'application/json', ...session.headers() }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey
  const request: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' }
  if (body !== undefined) request.body = JSON.stringify(body)
  if (options.signal) request.signal = options.signal
  let response: Response
  try {
    response = await fetch(apiPath(path, options.params, options.query), request)
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new ApiProblem({ status: 0, detail: 'The API does not answer. What was on its way may or may not have arrived.' })
  }
  const text = await response.text()
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
  const parsed: unknown = text === '' ? null : isJson ? JSON.parse(text) : text
  if (response.ok) return parsed
  const problem = (isJson && parsed !== null ? parsed : {}) as Record<string, never>
  const after = Number(response.headers.get('retry-after'))
  const failure = new ApiProblem({
    requestId: response.headers.get('x-request-id') ?? undefined,
    ...problem,
    status: response.status,
    retryAfterSeconds: after > 0 ? after : null,
  })
  if (failure.status === 401) void session.ended()
  throw failure
}

/**
 * Calls of the API, typed by the operations of shared/contracts/operations: `api.get('/queues/{name}', { params: { name } })`.
 * `any` takes every path, for what is written before its operation. Throws ApiProblem.
 */
export function useApi() {
  return {
    get: <P extends Known<'GET'>>(path: P, options: CallOptions<At<'GET', P>> = {}) =>
      send('GET', path, options as CallOptions) as Promise<ApiAnswer<'GET', P>>,
    post: <P extends Known<'POST'>>(path: P, body?: In<At<'POST', P>, 'body'>, options: CallOptions<At<'POST', P>> = {}) =>
      send('POST', path, options as CallOptions, body ?? {}) as Promise<ApiAnswer<'POST', P>>,
    put: <P extends Known<'PUT'>>(path: P, body?: In<At<'PUT', P>, 'body'>, options: CallOptions<At<'PUT', P>> = {}) =>
      send('PUT', path, options as CallOptions, body ?? {}) as Promise<ApiAnswer<'PUT', P>>,
    patch: <P extends Known<'PATCH'>>(path: P, body?: In<At<'PATCH', P>, 'body'>, options: CallOptions<At<'PATCH', P>> = {}) =>
      send('PATCH', path, options as CallOptions, body ?? {}) as Promise<ApiAnswer<'PATCH', P>>,
    delete: <P extends Known<'DELETE'>>(path: P, options: CallOptions<At<'DELETE', P>> = {}, body?: In<At<'DELETE', P>, 'body'>) =>
      send('DELETE', path, options as CallOptions, body) as Promise<ApiAnswer<'DELETE', P>>,
    /** For what is written before its operation, or by a path made at run time. */
    any: <T = unknown>(method: Method, path: string, options: CallOptions & { body?: unknown } = {}) =>
      send(method, path, options, options.body) as Promise<T>,
  }
}
