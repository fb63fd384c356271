// Every thrown thing becomes a Fault, in one place: unknown errors are logged whole and answered empty.
import { isStoreUnavailable } from '#platform/object-store/index.ts'
import { isUnavailable } from '#platform/postgres/index.ts'
import { jsonPointer } from '#platform/json/parse-json.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { Fault, type FaultDetail } from '#shared/fault.ts'
import { z } from 'zod'

const maxDetails = 50

/** Zod's issues as { path, message }: unions are answered by the branch that came closest, unknown keys each by its own path. */
export function detailsOf(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[] = []): FaultDetail[] {
  const details: FaultDetail[] = []
  for (const issue of issues) {
    const path = [...prefix, ...issue.path]
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) details.push({ path: jsonPointer([...path, key]), message: 'Unknown field' })
    } else if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      details.push(
        ...closest(
          issue.errors.map((branch) => detailsOf(branch, path)),
          { path: jsonPointer(path), message: issue.message },
        ),
      )
    } else {
      details.push({ path: jsonPointer(path), message: issue.message })
    }
    if (details.length >= maxDetails) break
  }
  return details.slice(0, maxDetails)
}

/** The branch whose complaints lie deepest is the one that was meant; when all fail at the same place, say only that. */
function closest(branches: FaultDetail[][], whole: FaultDetail): FaultDetail[] {
  const depthOf = (details: FaultDetail[]): number => Math.max(...details.map((detail) => detail.path.split('/').length))
  const sorted = branches.filter((branch) => branch.length > 0).sort((a, b) => depthOf(b) - depthOf(a) || a.length - b.length)
  const best = sorted[0]
  if (!best) return [whole]
  if (depthOf(best) > whole.path.split('/').length) return best
  return [
    {
      path: whole.path,
      message: branches.length > 1 ? [...new Set(sorted.flat().map((detail) => detail.message))].join('; or ') : whole.message,
    },
  ]
}

/** What a parse of a body, query or params against its contract throws. Parameters are named, not pointed at. */
export function invalidFault(error: z.core.$ZodError, what: string, kind: 'body' | 'parameter' = 'body'): Fault {
  const details = detailsOf(error.issues)
  const errors = kind === 'body' ? details : details.map((detail) => ({ ...detail, path: detail.path.slice(1) }))
  return new Fault('invalid', `The ${what} is not valid.`, { errors, cause: error })
}

/** Anything thrown -> Fault. Only what nobody expected is logged as an error. */
export function faultOf(error: unknown, log: Log | undefined, context: { requestId: string; operationId?: string | undefined }): Fault {
  if (error instanceof Fault) {
    if (error.code === 'internal') log?.error({ ...context, err: error }, 'request failed')
    return error
  }
  if (error instanceof z.core.$ZodError) return invalidFault(error, 'request')
  if (isStoreUnavailable(error))
    return new Fault('dependency-unavailable', 'The object store does not answer.', { retryAfterSeconds: 5, cause: error })
  if (isUnavailable(error)) {
    log?.warn({ ...context, error: (error as Error).message }, 'Postgres does not answer')
    return new Fault('dependency-unavailable', 'The database does not answer; nothing was changed, or it cannot be told. Try again.', {
      retryAfterSeconds: 2,
      cause: error,
    })
  }
  log?.error({ ...context, err: error }, 'request failed')
  return new Fault('internal', 'Something went wrong here. The request id finds it in the logs.', { cause: error })
}
