import type { Config } from '#platform/config/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import type { EmailSender } from './outcome.ts'

export function createEmailSender(_deps: { config: Config; log: Log }): EmailSender {
  throw new Error('not there yet')
}
