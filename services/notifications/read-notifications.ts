import type { Pool } from '#platform/postgres/index.ts'
import type { NotificationDetail, NotificationListQuery } from '#shared/contracts/delivery.ts'
import type { NotificationView } from '#shared/contracts/event.ts'
import { toLookPage, type LookPage } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { positionOf, uuidOf, uuidOfCursor } from '#shared/id-cursor.ts'
import { getDelivery } from '../delivery/index.ts'
import { refuseHiddenFilters, type Sight } from '../masking/index.ts'
import { findNotification, listNotifications } from './read-notifications.repository.ts'
import { redactNotification, redactNotificationDetail } from './redact-notification.rules.ts'

export interface Notifications {
  /** Newest first. Faults: forbidden when the filter names what this sight does not show. */
  list(workspaceId: string, query: NotificationListQuery, sight: Sight): Promise<LookPage<NotificationView>>
  /** With its content, its delivery and the attempts. Faults: not-found. */
  get(workspaceId: string, id: string, sight: Sight): Promise<NotificationDetail>
}

export function createNotifications(deps: { pool: Pool }): Notifications {
  const { pool } = deps
  return {
    async list(workspaceId, { limit, cursor, ...query }, sight) {
      refuseHiddenFilters(sight, query, ['address', 'subject'])
      const page = { before: uuidOfCursor('notification', cursor), count: limit + 1 }
      const { rows, reached } = await listNotifications(pool, workspaceId, query, page)
      return toLookPage(sight.masked ? rows.map(redactNotification) : rows, limit, (last) => last.id, positionOf('notification', reached))
    },
    async get(workspaceId, id, { masked }) {
      const notification = await findNotification(pool, workspaceId, uuidOf('notification', id))
      const found = notification && (await getDelivery(pool, workspaceId, uuidOf('delivery', notification.deliveryId)))
      if (!notification || !found) throw new Fault('not-found', 'There is no such notification.')
      const { generation: _, nextIds: __, ...delivery } = found
      const whole = { ...notification, masked: false, delivery }
      return masked ? redactNotificationDetail(whole) : whole
    },
  }
}
