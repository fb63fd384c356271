// What people ask of deliveries: lists, one with its attempts, once more.
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import type { DeliveryDetail, DeliveryListQuery } from '#shared/contracts/delivery.ts'
import type { DeliveryView } from '#shared/contracts/event.ts'
import { toLookPage, type LookPage } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { positionOf, uuidOf, uuidOfCursor } from '#shared/id-cursor.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { appendAudit } from '../audit/index.ts'
import { refuseHiddenFilters, type Sight } from '../masking/index.ts'
import { getDelivery, listDeliveries } from './read-deliveries.repository.ts'
import { redactDelivery } from './redact-delivery.rules.ts'
import { insertResend, lockForResend } from './resend-delivery.repository.ts'
import { refuseResend } from './resend.rules.ts'

export interface Deliveries {
  /** Newest first. Faults: forbidden when the filter names what this sight does not show. */
  list(workspaceId: string, query: DeliveryListQuery, sight: Sight): Promise<LookPage<DeliveryView>>
  /** Faults: not-found. */
  get(workspaceId: string, id: string, sight: Sight): Promise<DeliveryDetail>
  /** A new delivery, linked to this one. A dead one's letter stays open. Faults: not-found; conflict when it may not go out again. */
  resend(workspaceId: string, id: string, actor: Actor, reason: string): Promise<DeliveryDetail>
}

export function createDeliveries(deps: { pool: Pool }): Deliveries {
  const { pool } = deps

  async function get(workspaceId: string, id: string): Promise<DeliveryDetail> {
    const delivery = await getDelivery(pool, workspaceId, uuidOf('delivery', id))
    if (!delivery) throw new Fault('not-found', 'There is no such delivery.')
    return delivery
  }

  return {
    get: async (workspaceId, id, { masked }) => {
      const delivery = await get(workspaceId, id)
      return masked ? redactDelivery(delivery) : delivery
    },
    async list(workspaceId, { limit, cursor, ...query }, sight) {
      refuseHiddenFilters(sight, query, ['address', 'subject'])
      const page = { before: uuidOfCursor('delivery', cursor), count: limit + 1 }
      const { rows, reached } = await listDeliveries(pool, workspaceId, query, page)
      return toLookPage(sight.masked ? rows.map(redactDelivery) : rows, limit, (last) => last.id, positionOf('delivery', reached))
    },
    async resend(workspaceId, id, actor, reason) {
      const copyId = newUuid()
      await transaction(pool, async (client) => {
        const old = await lockForResend(client, workspaceId, uuidOf('delivery', id))
        if (!old) throw new Fault('not-found', 'There is no such delivery.')
        const refusal = refuseResend(old)
        if (refusal) throw new Fault('conflict', refusal)
        await insertResend(client, workspaceId, old, { delivery: copyId, notification: newUuid() })
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'delivery.resend',
          subjectKind: 'delivery',
          subjectId: id,
          reason,
          details: {
            state: old.state,
            channel: old.channel,
            eventId: publicId('event', old.eventId),
            newDeliveryId: publicId('delivery', copyId),
          },
        })
      })
      return get(workspaceId, publicId('delivery', copyId))
    },
  }
}
