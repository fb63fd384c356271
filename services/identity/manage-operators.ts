// Making and changing operators; each change with its audit entry in the same transaction.
import { randomBytes } from 'node:crypto'
import { appendAudit } from '#services/audit/index.ts'
import { transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { hashPassword } from '#platform/sealing/password-hash.ts'
import type { Operator, OperatorCreate, OperatorCreated, OperatorUpdate } from '#shared/contracts/operator.ts'
import { toPage, type Page } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { uuidOf, uuidOfCursor } from '#shared/id-cursor.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import type { OperatorRole } from '#shared/roles.ts'
import {
  deleteOperator,
  findOperator,
  insertOperator,
  listOperators,
  lockOperator,
  lockOwners,
  setRole,
  updateOperator,
  type ManagedRow,
} from './manage-operators.repository.ts'
import { namedWorkspace, unknownWorkspace } from './manage-workspaces.ts'
import { operatorView, refuseOthers, seesOperator } from './operator-reach.rules.ts'
import type { Principal } from './policy.rules.ts'
import { lockWorkspace } from './workspace.repository.ts'

export interface ManageOperators {
  list(principal: Principal, page: { limit: number; cursor?: string | undefined }): Promise<Page<Operator>>
  get(principal: Principal, id: string): Promise<Operator>
  create(principal: Principal, input: OperatorCreate): Promise<OperatorCreated>
  update(principal: Principal, id: string, change: OperatorUpdate): Promise<Operator>
  /** `workspace` by id or key; null takes it away. */
  setRole(principal: Principal, id: string, workspace: string, role: OperatorRole | null, reason: string): Promise<Operator>
  /** Disabling ends every session within seconds. */
  setDisabled(principal: Principal, id: string, disabled: boolean, reason: string): Promise<Operator>
  /** -> the password when it was made up, null when it was given. */
  resetPassword(principal: Principal, id: string, given: string | undefined, reason: string): Promise<string | null>
  remove(principal: Principal, id: string, reason: string | undefined): Promise<void>
}

interface Change {
  action: string
  /** null = of the instance. */
  workspaceId?: string | null
  reason?: string | undefined
  details?: Record<string, unknown>
}

export function createManageOperators(deps: { pool: Pool; forget: () => void }): ManageOperators {
  const { pool, forget } = deps

  /** One transaction over the locked operator. `work` answers what the audit keeps, or null when nothing changed. */
  async function change(
    principal: Principal,
    id: string,
    work: (client: PoolClient, row: ManagedRow) => Promise<Change | null>,
    options: { takesOwner?: boolean } = {},
  ): Promise<Operator | undefined> {
    const uuid = uuidOf('operator', id)
    const after = await transaction(pool, async (client) => {
      const owners = options.takesOwner ? await lockOwners(client) : []
      const row = await lockOperator(client, uuid)
      if (!row || !seesOperator(principal, row)) throw unknownOperator()
      const done = await work(client, row)
      if (!done) return row
      if (options.takesOwner && owners.includes(uuid)) await keepAnOwner(client)
      const { workspaceId = null, action, reason, details } = done
      const subject = { subjectKind: 'operator', subjectId: id, reason: reason ?? null, details: { name: row.name, ...details } }
      await appendAudit(client, { workspaceId, actor: principal.actor, action: `operator.${action}`, ...subject })
      return findOperator(client, uuid)
    })
    forget()
    return after && operatorView(principal, after)
  }

  return {
    async list(principal, { limit, cursor }) {
      const scope = principal.instance ? null : principal.workspaceId
      const rows = await listOperators(pool, scope, uuidOfCursor('operator', cursor) ?? null, limit + 1)
      const page = toPage(rows, limit, (last) => publicId('operator', last.id))
      return { items: page.items.map((row) => operatorView(principal, row)), nextCursor: page.nextCursor }
    },

    async get(principal, id) {
      const row = await findOperator(pool, uuidOf('operator', id))
      if (!row || !seesOperator(principal, row)) throw unknownOperator()
      return operatorView(principal, row)
    },

    async create(principal, { email, name, role, instance = false, password }) {
      if (instance && !principal.instance) throw new Fault('forbidden', 'Only those who own the instance can make another owner.')
      if (!principal.workspaceId) throw new Fault('conflict', 'You belong to no workspace: there is none to give a role in.')
      const made = password ? null : newPassword()
      const id = newUuid()
      const passwordHash = await hashPassword(password ?? made!)
      const row = await transaction(pool, async (client) => {
        if (!(await insertOperator(client, { id, email, name, passwordHash, instance })))
          throw new Fault('conflict', 'There is an operator with this address. An owner of the instance can give them a role here.')
        await setRole(client, principal.workspaceId, id, role)
        await appendAudit(client, {
          workspaceId: principal.workspaceId,
          actor: principal.actor,
          action: 'operator.create',
          subjectKind: 'operator',
          subjectId: publicId('operator', id),
          details: { after: { name, email, role, instance } },
        })
        return (await findOperator(client, id))!
      })
      return { ...operatorView(principal, row), password: made }
    },

    async update(principal, id, { name, instance, reason }) {
      const takesOwner = instance === false
      const work = async (client: PoolClient, row: ManagedRow): Promise<Change | null> => {
        if (instance !== undefined && !principal.instance) throw new Fault('forbidden', 'Ownership of the instance is given by its owners.')
        if (name !== undefined) refuseOthers(principal, row)
        if (takesOwner) refuseSelf(principal, id)
        const after = { name: name ?? row.name, instance: instance ?? row.instance }
        if (after.name === row.name && after.instance === row.instance) return null
        await updateOperator(client, row.id, { name, instance })
        return { action: 'update', reason, details: { before: { name: row.name, instance: row.instance }, after } }
      }
      return (await change(principal, id, work, { takesOwner }))!
    },

    async setRole(principal, id, workspace, role, reason) {
      const uuid = uuidOf('operator', id)
      await transaction(pool, async (client) => {
        const place = await lockWorkspace(client, namedWorkspace(workspace))
        if (!place || (!principal.instance && place.id !== principal.workspaceId)) throw unknownWorkspace()
        const row = await lockOperator(client, uuid)
        if (!row || !seesOperator(principal, row)) throw unknownOperator()
        const before = row.memberships.find((membership) => membership.workspace_id === place.id)?.role ?? null
        // An owner may join a workspace that was made without them.
        if (!(principal.instance && before === null)) refuseSelf(principal, id)
        if (before === role) return
        await setRole(client, place.id, uuid, role)
        const details = { name: row.name, workspace: place.key, before: { role: before }, after: { role } }
        const entry = { workspaceId: place.id, actor: principal.actor, action: 'operator.role', subjectKind: 'operator', subjectId: id }
        await appendAudit(client, { ...entry, reason, details })
      })
      forget()
      const row = await findOperator(pool, uuid)
      if (!row) throw unknownOperator()
      return operatorView(principal, row)
    },

    async setDisabled(principal, id, disabled, reason) {
      const work = async (client: PoolClient, row: ManagedRow): Promise<Change | null> => {
        refuseOthers(principal, row)
        if (disabled) refuseSelf(principal, id)
        if ((row.disabled_at !== null) === disabled) return null
        await updateOperator(client, row.id, { disabled, endSessions: disabled })
        return { action: disabled ? 'disable' : 'enable', workspaceId: placeOf(principal, row), reason }
      }
      return (await change(principal, id, work, { takesOwner: disabled }))!
    },

    async resetPassword(principal, id, given, reason) {
      const made = given ? null : newPassword()
      const passwordHash = await hashPassword(given ?? made!)
      await change(principal, id, async (client, row) => {
        refuseOthers(principal, row)
        if (principal.actor.id === id) throw new Fault('conflict', 'Change your own password with the current one.')
        await updateOperator(client, row.id, { passwordHash, endSessions: true })
        return { action: 'reset-password', workspaceId: placeOf(principal, row), reason }
      })
      return made
    },

    async remove(principal, id, reason) {
      const work = async (client: PoolClient, row: ManagedRow): Promise<Change> => {
        refuseOthers(principal, row)
        refuseSelf(principal, id)
        await deleteOperator(client, row.id)
        return { action: 'delete', workspaceId: placeOf(principal, row), reason, details: { before: { name: row.name, email: row.email } } }
      }
      await change(principal, id, work, { takesOwner: true })
    },
  }
}

/** 120 random bits. */
function newPassword(): string {
  return randomBytes(15).toString('base64url')
}

/** Where the change is told: in the workspace when it concerns nobody else. */
function placeOf(principal: Principal, row: ManagedRow): string | null {
  const [only, ...more] = row.memberships
  return only && more.length === 0 && only.workspace_id === principal.workspaceId && !row.instance ? only.workspace_id : null
}

/** Called after the change: nobody would be left who can undo it. */
async function keepAnOwner(client: PoolClient): Promise<void> {
  if ((await lockOwners(client)).length === 0)
    throw new Fault('conflict', 'This is the last owner of the instance. Name another one first.')
}

function refuseSelf(principal: Principal, id: string): void {
  if (principal.actor.id === id)
    throw new Fault('conflict', 'This is you: another admin has to do it, so that nobody locks themselves out.')
}

function unknownOperator(): Fault {
  return new Fault('not-found', 'There is no such operator.')
}
