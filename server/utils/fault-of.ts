// Every thrown thing becomes a Fault, in one place: unknown errors are logged whole and answered empty.
import { isStoreUnavailable } from '#platform/object-store/index.ts'
import { isUnavailable } from '#platform/postgres/index.ts'
import { detailsOf } from '#platform/json/invalid-details.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { Fault } from '#shared/fault.ts'
import { z } from 'zod'

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
