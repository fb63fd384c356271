// The built-in mail catcher as a process of its own: it has the SMTP port, so there is exactly one.
import type { Platform } from '#platform/lifecycle/platform.ts'
import { startMailbox } from '#services/mailbox/index.ts'

export async function runMailCatcher(platform: Platform): Promise<{ stop(): Promise<void> }> {
  const { config, log, pool } = platform
  const mailbox = await startMailbox({ pool, log, port: config.SIGNALBOX_MAIL_CATCHER_PORT, host: config.HOST })
  log.info({ port: mailbox.port }, 'the mail catcher listens')
  return { stop: () => mailbox.stop() }
}
