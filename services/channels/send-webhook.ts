import type { Config } from '#platform/config/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import type { WebhookSender } from './outcome.ts'

export function createWebhookSender(_deps: { config: Config; log: Log }): WebhookSender {
  throw new Error('not there yet')
}
