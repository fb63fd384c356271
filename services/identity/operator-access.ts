// What an operator may reach, remembered for two seconds: a change of role, a new password or disabling is in force everywhere
// within that time, and at once in the process that made it.
import type { MembershipRow, OperatorRepository, OperatorRow } from './operator.repository.ts'

const cacheMs = 2_000
const maxKnown = 1_000

export interface OperatorAccess {
  operator: OperatorRow
  memberships: MembershipRow[]
}

export interface AccessReader {
  /** undefined for an operator that is gone. */
  read(operatorId: string): Promise<OperatorAccess | undefined>
  forget(): void
}

export function createAccessReader(deps: { repository: OperatorRepository; now?: () => number }): AccessReader {
  const now = deps.now ?? (() => performance.now())
  let known = new Map<string, { access: Promise<OperatorAccess | undefined>; until: number }>()
  return {
    read(operatorId) {
      const hit = known.get(operatorId)
      if (hit && hit.until > now()) return hit.access
      const cache = known
      const access = deps.repository.findAccess(operatorId)
      // What failed is not remembered.
      access.catch(() => cache.delete(operatorId))
      cache.set(operatorId, { access, until: now() + cacheMs })
      if (cache.size > maxKnown) cache.delete(cache.keys().next().value as string)
      return access
    },
    forget() {
      known = new Map()
    },
  }
}
