// Where a request passes: the places of the map that stand for the API process and its stages.
import type { Operation } from '#shared/contracts/operations/operation.ts'
import { Fault } from '#shared/fault.ts'
import { apiMeasure } from '#shared/topology/measures.ts'
import type { Counters, Place } from '#platform/telemetry/counters.ts'
import type { App } from './app.ts'
import { authorize, type Caller } from './authorize.ts'

export interface RequestPlaces {
  auth: Place
  limits: Place
  validation: Place
  commit: Place
  /** One request was answered. Streams count when they end, without their time. */
  answered(op: Pick<Operation, 'path' | 'method' | 'streams'>, caller: Caller | null | undefined, status: number, ms: number): void
}

const acceptPaths = new Set(['/api/v1/events', '/api/v1/events/batch'])

export function createRequestPlaces(counters: Counters, processName: string): RequestPlaces {
  const process = counters.place(apiMeasure(processName))
  const [accept, console, inbox, other] = ['http.accept', 'http.console', 'http.inbox', 'http.other'].map((id) => counters.place(id)) as [
    Place,
    Place,
    Place,
    Place,
  ]
  function kindOf(op: Pick<Operation, 'path' | 'method'>, caller: Caller | null | undefined): Place {
    if (op.method === 'POST' && acceptPaths.has(op.path)) return accept
    if (op.path.startsWith('/api/v1/inbox')) return inbox
    return caller?.actor.kind === 'operator' ? console : other
  }
  return {
    auth: counters.place('auth'),
    limits: counters.place('limits'),
    validation: counters.place('validation'),
    commit: counters.place('accept.commit'),
    answered(op, caller, status, ms) {
      for (const place of [process, kindOf(op, caller)]) {
        if (op.streams) place.add(1, status >= 500 ? 1 : 0)
        else if (status >= 500) place.fail(ms)
        else place.pass(ms)
      }
    },
  }
}

/** `authorize`, counted: a limit that is used up is the limits' refusal, anything else is the credential's. */
export async function authorizeCounted(
  app: App,
  ...rest: Parameters<typeof authorize> extends [App, ...infer R] ? R : never
): Promise<Caller | null> {
  const { auth, limits } = app.places
  const startedAt = performance.now()
  try {
    const caller = await authorize(app, ...rest)
    auth.pass(performance.now() - startedAt)
    limits.add(1)
    return caller
  } catch (error) {
    if (error instanceof Fault && error.code === 'rate-limited') {
      auth.pass(performance.now() - startedAt)
      limits.add(1, 1)
    } else auth.fail(performance.now() - startedAt)
    throw error
  }
}
