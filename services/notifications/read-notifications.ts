import type { Pool } from '#platform/postgres/index.ts'
import type { NotificationDetail, NotificationListQuery } from '#shared/contracts/delivery.ts'
import type { NotificationView } from '#shared/contracts/event.ts'
import { toLookPage, type LookPage } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { positionOf, uuidOf, uuidOfCursor } from '#shared/id-cursor.ts'
import { getDelivery } from '../delivery/index.ts'
import { findNotification, listNotifications } from './read-notifications.repository.ts'

export interface Notifications {
  /** Newest first. */
  list(workspaceId: string, query: NotificationListQuery): Promise<LookPage<NotificationView>>
  /** With its content, its delivery and the attempts. Faults: not-found. */
  get(workspaceId: string, id: string): Promise<NotificationDetail>
}

export function createNotifications(deps: { pool: Pool }): Notifications {
  const { pool } = deps
  return {
    async list(workspaceId, { limit, cursor, ...query }) {
      const page = { before: uuidOfCursor('notification', cursor), count: limit + 1 }
      const { rows, reached } = await listNotifications(pool, workspaceId, query, page)
      return toLookPage(rows, limit, (last) => last.id, positionOf('notification', reached))
    },
    async get(workspaceId, id) {
      const notification = await findNotification(pool, workspaceId, uuidOf('notification', id))
      const found = notification && (await getDelivery(pool, workspaceId, uuidOf('delivery', notification.deliveryId)))
      if (!notification || !found) throw new Fault('not-found', 'There is no such notification.')
      const { generation: _, nextIds: __, ...delivery } = found
      return { ...notification, delivery }
    },
  }
}
