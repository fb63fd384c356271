// Notifications: one message for one recipient out of one event and workflow; the fan-out that makes them.
//
// fan-out   the step from an accepted event to its notifications and deliveries
// page      1,000 recipients of a large fan-out; its row in the outbox moves on until the last one
export { createFanOut, type FanOutDeps } from './fan-out.ts'
export { createNotifications, type Notifications } from './read-notifications.ts'
export { notificationsThatAre, notificationsThatMayBe } from './notification-state.repository.ts'
export { redactNotification } from './redact-notification.rules.ts'
export { readNotificationsById, readNotificationsOfEvent } from './read-notifications.repository.ts'
