// Who may see and change whom. Operators belong to the instance: were the admin of one workspace allowed to set the password of
// somebody who is admin of another, they could become that admin.
import type { Operator } from '#shared/contracts/operator.ts'
import { Fault } from '#shared/fault.ts'
import { publicId } from '#shared/ids.ts'
import type { ManagedRow } from './manage-operators.repository.ts'
import type { Principal } from './policy.rules.ts'

type Caller = Pick<Principal, 'workspaceId' | 'instance'>
type Seen = Pick<ManagedRow, 'instance' | 'memberships'>

/** Owners of the instance see everybody, others who belongs to their workspace. */
export function seesOperator(caller: Caller, row: Seen): boolean {
  return caller.instance === true || row.memberships.some((membership) => membership.workspace_id === caller.workspaceId)
}

/** True when a change of the person, not of a role, stays inside what the caller manages. */
export function managesOperator(caller: Caller, row: Seen): boolean {
  if (caller.instance) return true
  return !row.instance && row.memberships.every((membership) => membership.workspace_id === caller.workspaceId)
}

/** Throws 'forbidden' with the reason. */
export function refuseOthers(caller: Caller, row: Seen): void {
  if (managesOperator(caller, row)) return
  throw new Fault(
    'forbidden',
    row.instance
      ? 'This operator owns the instance: only another owner may do that.'
      : 'This operator belongs to other workspaces too: an owner of the instance has to do it. Here you can change the role.',
  )
}

export function operatorView(caller: Caller, row: ManagedRow): Operator {
  const shown = row.memberships.filter((membership) => caller.instance || membership.workspace_id === caller.workspaceId)
  return {
    id: publicId('operator', row.id),
    name: row.name,
    email: row.email,
    instance: row.instance,
    state: row.disabled_at ? 'disabled' : 'active',
    workspaces: shown.map(({ workspace_id, key, name, role }) => ({ id: publicId('workspace', workspace_id), key, name, role })),
    yours: managesOperator(caller, row),
    createdAt: row.created_at.toISOString(),
    lastSignInAt: row.last_sign_in_at?.toISOString() ?? null,
  }
}
