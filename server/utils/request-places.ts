// Where a request passes: the places of the map that stand for the API process and its stages.
import type { Actor } from '#shared/contracts/audit.ts'
import type { Operation } from '#shared/contracts/operations/operation.ts'
import { apiMeasure } from '#shared/topology/measures.ts'
import type { Counters, Place } from '#platform/telemetry/counters.ts'

interface SomebodyWhoCalls {
  actor: Actor
}

export interface RequestPlaces {
  auth: Place
  limits: Place
  validation: Place
  commit: Place
  /** One request was answered. Streams count when they end, without their time. */
  answered(
    op: Pick<Operation, 'path' | 'method' | 'streams'>,
    caller: SomebodyWhoCalls | null | undefined,
    status: number,
    ms: number,
  ): void
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
  function kindOf(op: Pick<Operation, 'path' | 'method'>, caller: SomebodyWhoCalls | null | undefined): Place {
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
