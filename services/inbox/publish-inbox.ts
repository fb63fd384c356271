import type { Redis } from '#platform/redis/index.ts'
import { encodeHint, inboxChannel, type InboxHint } from './inbox.rules.ts'

/** One row that a committed transaction put into an inbox. */
export interface InboxArrival {
  workspaceId: string
  recipientId: string
  sequence: number
}

/**
 * Wakes the live streams of these recipients. Call it after the commit, never before: streams read Postgres when they hear it.
 * Never throws and never waits. While Redis is away the hint is dropped; streams then find the rows by their poll.
 */
export function publishInbox(redis: Redis, arrivals: readonly InboxArrival[]): void {
  // Only the newest of each recipient: a stream reads everything up to it anyway.
  const newest = new Map<string, number>()
  for (const { workspaceId, recipientId, sequence } of arrivals) {
    const channel = inboxChannel(workspaceId, recipientId)
    if (sequence > (newest.get(channel) ?? 0)) newest.set(channel, sequence)
  }
  publish(
    redis,
    [...newest].map(([channel, sequence]) => ({ channel, hint: { kind: 'item', sequence } })),
  )
}

/** The same for a change of one item, or of all of them. */
export function publishInboxChange(redis: Redis, workspaceId: string, recipientId: string, hint: InboxHint): void {
  publish(redis, [{ channel: inboxChannel(workspaceId, recipientId), hint }])
}

function publish(redis: Redis, messages: { channel: string; hint: InboxHint }[]): void {
  if (messages.length === 0 || redis.status !== 'ready') return
  const pipeline = redis.pipeline()
  for (const { channel, hint } of messages) pipeline.publish(channel, encodeHint(hint))
  pipeline.exec().catch(() => {
    // Redis went away in this moment: the poll finds the rows.
  })
}
