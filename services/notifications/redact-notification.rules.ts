// Notifications for people who may only look: whose they are and what became of them, and nothing that was rendered for that person.
import type { NotificationDetail } from '#shared/contracts/delivery.ts'
import type { NotificationView } from '#shared/contracts/event.ts'
import { redactDelivery } from '../delivery/index.ts'
import { hideContent, hideText } from '../masking/index.ts'

export function redactNotification<T extends NotificationView>(notification: T): T {
  return { ...notification, address: hideText(notification.address), subject: hideText(notification.subject) }
}

export function redactNotificationDetail(notification: NotificationDetail): NotificationDetail {
  return {
    ...redactNotification(notification),
    masked: true,
    content: hideContent(notification.content),
    delivery: redactDelivery(notification.delivery),
  }
}
