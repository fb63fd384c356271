// Live streams of this process. Postgres is what is sent; Redis only says when to look, and a slow poll looks anyway.
// So a lost hint, or a lost Redis, delays an item by at most one poll and never loses or repeats it.
import type { Redis } from '#platform/redis/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import type { InboxItem } from '#shared/contracts/inbox.ts'
import { Fault } from '#shared/fault.ts'
import { decodeHint, inboxChannel, resyncAfter, startOf } from './inbox.rules.ts'
import type { InboxRepository } from './inbox.repository.ts'

/** One thing to tell a client. `ready` and `resync` carry the sequence from which the stream goes on. */
export type LiveMessage =
  | { event: 'ready' | 'resync'; sequence: number }
  | { event: 'item'; item: InboxItem }
  | { event: 'update'; item: InboxItem }
  | { event: 'read-all'; throughSequence: number }

export interface LiveInboxOptions {
  repository: InboxRepository
  log: Log
  /** Opened with the first stream, shared by all of them. */
  openSubscriber: () => Redis
  pollEveryMs?: number
  streamsPerRecipient?: number
}

export interface LiveInbox {
  /**
   * Follows one inbox from the sequence `after` (null = from now on) until `signal` is aborted. The reader sets the pace: nothing
   * is read ahead but one page. Throws before the first message when the recipient has too many streams here, or Postgres is away.
   */
  follow(
    workspaceId: string,
    recipientId: string,
    after: number | null,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<LiveMessage, void, void>>
  streams(): number
  close(): void
}

const pageSize = 100
/** More changes than this between two looks, and the client does better to read its list again. */
const changesKept = 100

interface Follower {
  workspaceId: string
  recipientId: string
  cursor: number
  /** The newest sequence heard of. */
  heard: number
  changed: Set<string>
  readThrough: number
  /** A look failed: look again whatever the poll says. */
  failed: boolean
  wake: () => void
  woken: Promise<void>
}

export function createLiveInbox(options: LiveInboxOptions): LiveInbox {
  const { repository, log } = options
  const streamsPerRecipient = options.streamsPerRecipient ?? 10
  const followers = new Map<string, Set<Follower>>()
  let subscriber: Redis | undefined
  let polling = false
  let closed = false
  const timer = setInterval(() => void poll(), options.pollEveryMs ?? 5_000)
  timer.unref()

  /** One statement for all recipients that are connected here. */
  async function poll(): Promise<void> {
    if (polling || followers.size === 0) return
    polling = true
    try {
      const groups = [...followers.values()].map((group) => [...group])
      const latest = await repository.latestSequences(groups.map((group) => group[0]!))
      groups.forEach((group, index) => {
        for (const follower of group) hear(follower, latest[index] ?? 0)
      })
    } catch (error) {
      log.debug({ error: (error as Error).message }, 'inbox poll failed')
    } finally {
      polling = false
    }
  }

  function hear(follower: Follower, sequence: number): void {
    if (sequence > follower.heard) follower.heard = sequence
    if (follower.failed || follower.heard > follower.cursor) follower.wake()
  }

  function onHint(channel: string, text: string): void {
    const hint = decodeHint(text)
    for (const follower of followers.get(channel) ?? []) {
      if (hint?.kind === 'item') hear(follower, hint.sequence)
      else if (hint?.kind === 'update') follower.changed.add(hint.id)
      else if (hint?.kind === 'read-all') follower.readThrough = Math.max(follower.readThrough, hint.throughSequence)
      if (hint?.kind !== 'item') follower.wake()
    }
  }

  function subscribed(): Redis {
    if (subscriber) return subscriber
    subscriber = options.openSubscriber()
    subscriber.on('message', onHint)
    // What was said while the connection was away is gone: look at once, not at the next poll.
    subscriber.on('ready', () => void poll())
    return subscriber
  }

  function join(workspaceId: string, recipientId: string): Follower {
    if (closed) throw new Fault('dependency-unavailable', 'This process is stopping. Connect again.', { retryAfterSeconds: 1 })
    const channel = inboxChannel(workspaceId, recipientId)
    const group = followers.get(channel) ?? new Set<Follower>()
    if (group.size >= streamsPerRecipient) {
      throw new Fault('rate-limited', `This recipient already has ${streamsPerRecipient} live streams here. Close one first.`, {
        retryAfterSeconds: 5,
      })
    }
    const follower: Follower = {
      workspaceId,
      recipientId,
      cursor: 0,
      heard: 0,
      changed: new Set(),
      readThrough: 0,
      failed: false,
      wake() {},
      woken: Promise.resolve(),
    }
    rearm(follower)
    group.add(follower)
    followers.set(channel, group)
    if (group.size === 1) {
      // Not awaited: without Redis the stream runs on the poll alone. Looked at once more when it stands, for what came in between.
      subscribed()
        .subscribe(channel)
        .then(() => wakeAll(channel))
        .catch(() => {})
    }
    return follower
  }

  function wakeAll(channel: string): void {
    for (const follower of followers.get(channel) ?? []) follower.wake()
  }

  function leave(follower: Follower): void {
    const channel = inboxChannel(follower.workspaceId, follower.recipientId)
    const group = followers.get(channel)
    if (!group?.delete(follower) || group.size > 0) return
    followers.delete(channel)
    subscriber?.unsubscribe(channel).catch(() => {})
  }

  async function* run(follower: Follower, first: LiveMessage | null, signal: AbortSignal): AsyncGenerator<LiveMessage, void, void> {
    try {
      if (first) yield first
      while (!signal.aborted && !closed) {
        rearm(follower)
        follower.failed = false
        try {
          for await (const message of news(repository, follower)) {
            if (signal.aborted) return
            yield message
          }
        } catch (error) {
          // Postgres is away: the client keeps its stream, and the next poll that gets through wakes it.
          log.debug({ error: (error as Error).message }, 'inbox stream waits for Postgres')
          follower.failed = true
        }
        await follower.woken
      }
    } finally {
      leave(follower)
    }
  }

  return {
    async follow(workspaceId, recipientId, after, signal) {
      const follower = join(workspaceId, recipientId)
      try {
        const [latest = 0] = await repository.latestSequences([follower])
        const start = startOf(after, latest)
        follower.cursor = start.cursor
        follower.heard = latest
        const end = (): void => {
          leave(follower)
          follower.wake()
        }
        signal.addEventListener('abort', end, { once: true })
        if (signal.aborted) end()
        return run(follower, start.say ? { event: start.say, sequence: start.cursor } : null, signal)
      } catch (error) {
        leave(follower)
        throw error
      }
    },
    streams: () => [...followers.values()].reduce((sum, group) => sum + group.size, 0),
    close() {
      closed = true
      clearInterval(timer)
      for (const channel of followers.keys()) wakeAll(channel)
      subscriber?.disconnect()
    },
  }
}

function rearm(follower: Follower): void {
  follower.woken = new Promise((resolve) => {
    follower.wake = resolve
  })
}

/** Everything that this follower has not been told, page by page. The cursor moves only past what was taken. */
async function* news(repository: InboxRepository, follower: Follower): AsyncGenerator<LiveMessage, void, void> {
  const { workspaceId, recipientId } = follower
  if (follower.heard - follower.cursor > resyncAfter || follower.changed.size > changesKept) {
    follower.changed.clear()
    follower.readThrough = 0
    follower.cursor = Math.max(follower.cursor, follower.heard)
    yield { event: 'resync', sequence: follower.cursor }
  }
  for (;;) {
    const items = await repository.listAfter(workspaceId, recipientId, follower.cursor, pageSize)
    for (const item of items) {
      follower.cursor = item.sequence
      yield { event: 'item', item }
    }
    if (items.length < pageSize) break
  }
  if (follower.readThrough > 0) {
    const throughSequence = follower.readThrough
    follower.readThrough = 0
    yield { event: 'read-all', throughSequence }
  }
  if (follower.changed.size > 0) {
    const ids = [...follower.changed]
    follower.changed.clear()
    for (const item of await repository.listByIds(workspaceId, recipientId, ids)) yield { event: 'update', item }
  }
}
