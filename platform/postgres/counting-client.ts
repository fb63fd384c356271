// A client that counts its statements, their rows and their times. One per pool, so that the path and everything else are told apart.
import pg from 'pg'
import type { Place } from '#platform/telemetry/counters.ts'

type Callback = (error: Error | undefined, result: { rowCount: number | null } | undefined) => void

/** A client class that counts into `place`. What it does is otherwise exactly what pg's own does. */
export function countingClient(place: Place): typeof pg.Client {
  const count = (startedAt: number, rows: number | null | undefined, failed: boolean): void => {
    const ms = performance.now() - startedAt
    if (failed) place.fail(ms)
    else place.pass(ms)
    if (rows) place.units(rows)
  }
  class CountingClient extends pg.Client {
    // pg's overloads cannot be repeated; what comes in goes on unchanged.
    override query(...args: any[]): any {
      const startedAt = performance.now()
      const last = args.length - 1
      if (typeof args[last] === 'function') {
        const callback = args[last] as Callback
        args[last] = ((error, result) => {
          count(startedAt, result?.rowCount, Boolean(error))
          callback(error, result)
        }) satisfies Callback
        return (super.query as (...all: unknown[]) => unknown)(...args)
      }
      const answer = (super.query as (...all: unknown[]) => unknown)(...args)
      if (answer instanceof Promise) {
        answer.then(
          (result: { rowCount: number | null } | undefined) => count(startedAt, result?.rowCount, false),
          () => count(startedAt, 0, true),
        )
      }
      return answer
    }
  }
  return CountingClient
}
