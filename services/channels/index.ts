// Channels: who carries a delivery, and what one try came to.
//
// Sender: the provider port. Webhook and email have one; in-app is completed in fan-out and needs none.
// Outcome: delivered, retry, give-up or maybe-sent, with a stable error code and the place that failed.
// Schedule: the seconds before each retry; the first try is at once and not part of it.
export type { EmailMessage, EmailSender, SendOutcome, WebhookSender } from './outcome.ts'
export { checkTargetUrl } from './check-target-url.ts'
export { refusedEndpointHeader } from './refuse-endpoint-header.rules.ts'
export { retryDelaySeconds, retryScheduleFor } from './retry-schedule.rules.ts'
export { webhookBody } from './webhook-body.rules.ts'
export { createEmailSender } from './send-email.ts'
export { createWebhookSender } from './send-webhook.ts'
