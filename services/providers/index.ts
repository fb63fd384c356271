// Providers: what carries the deliveries of one channel out of the instance: the mail server, the inboxes, customers' endpoints.
//
// held   an operator of the instance stopped it: nothing new goes out through it, in no workspace; what waits is held in Postgres
//        and goes out at a pace, lane by lane, when it is released (the same machinery as for a disabled endpoint)
import { transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import { channels, type Channel } from '#shared/contracts/event.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { ProviderView } from '#shared/contracts/provider.ts'
import { appendAudit } from '../audit/index.ts'
import { bumpEveryRevision, deleteHold, insertHold, readProviders, type ProviderRow } from './provider-hold.repository.ts'

export { whyHeld } from './why-held.rules.ts'

export interface Providers {
  list(): Promise<Page<ProviderView>>
  /** Holding what is held changes nothing, who held it first included. The audit entry stands in the caller's workspace. */
  hold(workspaceId: string, key: Channel, actor: Actor, reason: string): Promise<ProviderView>
  release(workspaceId: string, key: Channel, actor: Actor, reason: string): Promise<ProviderView>
}

export interface ProvidersDeps {
  pool: Pool
  /** Holds what waits, in the transaction of the hold, and says how many: services/delivery, which builds on this one. */
  holdWaiting: (client: PoolClient, key: Channel) => Promise<number>
  wakeRelay: (client: PoolClient) => Promise<unknown>
}

export function createProviders({ pool, holdWaiting, wakeRelay }: ProvidersDeps): Providers {
  async function get(key: Channel): Promise<ProviderView> {
    return providerViewOf((await readProviders(pool, [key]))[0]!)
  }

  return {
    async list() {
      return { items: (await readProviders(pool, channels)).map(providerViewOf), nextCursor: null }
    },
    async hold(workspaceId, key, actor, reason) {
      await transaction(pool, async (client) => {
        if (!(await insertHold(client, key, { by: actor.name, reason }))) return
        await bumpEveryRevision(client)
        const held = await holdWaiting(client, key)
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'provider.hold',
          subjectKind: 'provider',
          subjectId: key,
          reason,
          details: { held },
        })
      })
      return get(key)
    },
    async release(workspaceId, key, actor, reason) {
      const { held } = await get(key)
      await transaction(pool, async (client) => {
        if (!(await deleteHold(client, key))) return
        await bumpEveryRevision(client)
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'provider.release',
          subjectKind: 'provider',
          subjectId: key,
          reason,
          details: { held },
        })
        await wakeRelay(client)
      })
      return get(key)
    },
  }
}

/** All of them, for the live picture. */
export async function readProviderViews(pool: Pool): Promise<ProviderView[]> {
  return (await readProviders(pool, channels)).map(providerViewOf)
}

function providerViewOf(row: ProviderRow): ProviderView {
  return { ...row, state: row.heldAt ? 'held' : 'running', heldAt: row.heldAt?.toISOString() ?? null }
}
