// A call that did not work, as the console sees it: a problem of the API, or no answer at all (status 0).
import type { Problem } from '../contracts/problem.ts'

export class ApiProblem extends Error {
  override name = 'ApiProblem'
  /** 0: nothing answered. */
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly errors: readonly { path: string; message: string }[]
  readonly requestId: string | null
  readonly retryAfterSeconds: number | null

  constructor(problem: Partial<Omit<Problem, 'status'>> & { status: number; retryAfterSeconds?: number | null }) {
    super(problem.detail ?? problem.title ?? 'The API does not answer.')
    this.status = problem.status
    this.title = problem.title ?? 'The API does not answer.'
    this.detail = problem.detail ?? ''
    this.errors = problem.errors ?? []
    this.requestId = problem.requestId ?? null
    this.retryAfterSeconds = problem.retryAfterSeconds ?? null
  }
}

/** Anything thrown -> a problem, so that a page has one shape to show. */
export function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  return new ApiProblem({ status: 0, detail: error instanceof Error ? error.message : String(error) })
}
