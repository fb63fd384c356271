// The API of the built product, with every answer held against its operation: a declared status, the declared body, a
// request id, problem+json for errors, and never HTML. What the operations themselves promise is checked here once.
import { expect } from 'vitest'
import { operations } from '#shared/contracts/operations/index.ts'
import { responsesOf, type Operation } from '#shared/contracts/operations/operation.ts'
import { problemSchema } from '#shared/contracts/problem.ts'
import type { ApiAnswer, Product } from './product.ts'

/** The operations that the tests of this file have called. */
const called = new Set<string>()

export type CheckedApi = <T = any>(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<ApiAnswer<T>>

export function createCheckedApi(product: Product): CheckedApi {
  return async (method, path, body, headers) => {
    const answer = await product.api(method, path, body, headers)
    holdAgainstContract(method, path.startsWith('//') ? path.slice(1) : `/api/v1${path}`, answer)
    return answer
  }
}

/** Throws when an answer is not what the operation of this method and path may give. */
export function holdAgainstContract(method: string, path: string, answer: ApiAnswer): void {
  const name = `${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 2_000)}`
  const type = answer.headers.get('content-type') ?? ''
  expect(answer.headers.get('x-request-id'), name).toMatch(/\S/)
  if (path.startsWith('/api')) expect(type, name).not.toContain('html')
  if (answer.status >= 400 && path !== '/readyz') holdProblem(answer, path, name)
  const op = operationAt(method, path.split('?')[0]!)
  if (!op) return
  called.add(op.operationId)
  const declared = responsesOf(op)[answer.status]
  expect(declared, `${name}: not declared by ${op.operationId}`).toBeDefined()
  if (!declared?.schema || answer.status >= 400 || declared.mediaType) return
  const result = declared.schema.safeParse(answer.body)
  expect(result.error?.issues ?? [], name).toEqual([])
}

function holdProblem(answer: ApiAnswer, path: string, name: string): void {
  expect(answer.headers.get('content-type'), name).toMatch(/^application\/problem\+json/)
  expect(problemSchema.safeParse(answer.body).error?.issues ?? [], name).toEqual([])
  expect(answer.body, name).toMatchObject({
    status: answer.status,
    requestId: answer.headers.get('x-request-id'),
    instance: path.split('?')[0],
  })
  expect(() => new URL(answer.body.type), name).not.toThrow()
  if (answer.status === 429 || answer.status === 503) expect(Number(answer.headers.get('retry-after')), name).toBeGreaterThan(0)
}

const patterns = operations.map((op) => ({
  op,
  pattern: new RegExp(`^${op.path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}))

/** A fixed path wins over one with a parameter. */
function operationAt(method: string, path: string): Operation | undefined {
  const found = patterns.filter(({ op, pattern }) => op.method === method && pattern.test(path)).map(({ op }) => op)
  return found.sort((one, other) => one.path.split('{').length - other.path.split('{').length)[0]
}

/** Operations with this in their path that no test of the file has called. */
export function operationsNotCalled(paths: RegExp): string[] {
  return operations.filter((op) => paths.test(op.path) && !called.has(op.operationId)).map((op) => op.operationId)
}
