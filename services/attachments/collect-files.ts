// The worker's role `files`: thumbnails, checks whose process is gone, and objects that nobody refers to any more.
import { isStoreUnavailable } from '#platform/object-store/index.ts'
import { listen } from '#platform/postgres/index.ts'
import { uuidFloor } from '#shared/ids.ts'
import { keysOf } from './attachment.rules.ts'
import { checkAttachment, type CheckDeps } from './check-attachment.ts'
import { takeOverChecks } from './check.repository.ts'
import {
  deleteAbandoned,
  deleteExpired,
  deleteRejected,
  deleteUnused,
  findGarbage,
  findWantedThumbnails,
  forgetGarbage,
  setThumbnail,
} from './collect.repository.ts'
import { removeStrays } from './collect-strays.ts'
import { makeThumbnail } from './make-thumbnail.ts'

export interface CollectorOptions extends CheckDeps {
  /** For LISTEN. */
  url: string
  retentionDays: number
  unusedDays: number
}

const pollMs = 5_000
const choresMs = 60_000
const strayMs = 6 * 3_600_000
const dayMs = 86_400_000

export interface FileCollector {
  close(): Promise<void>
}

export function startFileCollector(options: CollectorOptions): FileCollector {
  const { pool, store, log } = options
  let closed = false
  let wake: (() => void) | undefined
  let nextChoresAt = 0
  let nextStraysAt = Date.now() + choresMs
  const listener = listen({ url: options.url, channels: ['attachment'], applicationName: 'signalbox-files', onNotify: () => wake?.() })

  async function round(): Promise<void> {
    for (const row of await takeOverChecks(pool, 4)) await checkAttachment(options, row)
    for (const row of await findWantedThumbnails(pool, 4)) {
      if (closed) return
      const bytes = await makeThumbnail(await store.read(keysOf(row.workspaceId, row.id).kept)).catch((error: unknown) => {
        if (isStoreUnavailable(error)) throw error
        log.info({ err: error, attachment: row.id }, 'no picture could be made of a file')
        return null
      })
      if (bytes) await store.write(keysOf(row.workspaceId, row.id).thumbnail, bytes, 'image/webp')
      await setThumbnail(pool, row, bytes ? 'made' : 'failed')
    }
    await takeAwayGarbage()
    if (Date.now() >= nextChoresAt) {
      nextChoresAt = Date.now() + choresMs
      await chores()
    }
    if (Date.now() >= nextStraysAt) {
      nextStraysAt = Date.now() + strayMs
      await removeStrays({ pool, store, isClosed: () => closed })
    }
  }

  async function chores(): Promise<void> {
    const gone = [
      ...(await deleteAbandoned(pool)),
      ...(await deleteRejected(pool)),
      ...(await deleteUnused(pool, options.unusedDays)),
      ...(await deleteExpired(pool, options.retentionDays, uuidFloor(Date.now() - options.retentionDays * dayMs))),
    ]
    if (gone.length > 0) log.info({ files: gone.length }, 'files that nobody needs any more were deleted')
  }

  async function takeAwayGarbage(): Promise<void> {
    for (;;) {
      const garbage = await findGarbage(pool, 50)
      for (const { key, uploadId } of garbage) {
        if (uploadId) await store.abortParts(key, uploadId)
        await store.remove(key)
        await forgetGarbage(pool, key)
      }
      if (garbage.length < 50 || closed) return
    }
  }

  async function run(): Promise<void> {
    while (!closed) {
      try {
        await round()
      } catch (error) {
        log.warn({ err: error }, 'the collector of files goes on in a moment')
      }
      if (closed) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      wake = undefined
    }
  }

  const running = run()
  return {
    async close() {
      closed = true
      wake?.()
      await listener.close()
      await running
    },
  }
}
