// The role `files`: what becomes of files after their upload.
import type { Platform } from '#platform/lifecycle/platform.ts'
import { createObjectStore } from '#platform/object-store/index.ts'
import { createVirusScanner } from '#platform/virus-scanner/index.ts'
import { startFileCollector, type FileCollector } from '#services/attachments/index.ts'

export function runFileCollector({ pool, config, log, counters }: Platform): FileCollector {
  return startFileCollector({
    pool,
    log,
    url: config.DATABASE_URL!,
    store: createObjectStore(config, log, counters),
    scanner: config.CLAMAV_URL === undefined ? undefined : createVirusScanner(config.CLAMAV_URL),
    retentionDays: config.SIGNALBOX_ATTACHMENT_RETENTION_DAYS,
    unusedDays: config.SIGNALBOX_ATTACHMENT_UNUSED_DAYS,
  })
}
