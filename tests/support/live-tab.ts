// An open page, as the API's stream feeds it: everything it was sent, in order.
import { snapshotSchema, type Snapshot } from '#shared/contracts/live.ts'
import type { LiveHub } from '#services/live/index.ts'

export interface LiveTab {
  frames: { event: string; id: string | null; data: unknown }[]
  snapshots: Snapshot[]
  stop(): Promise<void>
}

/** Follows a workspace; every snapshot is held against its contract. */
export function openLiveTab(hub: LiveHub, workspaceId: string, after: number | null = null): LiveTab {
  const ended = new AbortController()
  const frames: LiveTab['frames'] = []
  const snapshots: Snapshot[] = []
  const done = (async () => {
    for await (const frame of hub.follow(workspaceId, after, ended.signal)) {
      const text = frame.toString()
      const field = (name: string): string | null => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? null
      const data = JSON.parse(field('data')!) as unknown
      frames.push({ event: field('event')!, id: field('id'), data })
      if (field('event') === 'snapshot') snapshots.push(snapshotSchema.parse(data))
    }
  })()
  return {
    frames,
    snapshots,
    async stop() {
      ended.abort()
      await done
    },
  }
}
