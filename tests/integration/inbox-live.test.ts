// The stream against real Postgres and Redis: what is said, in which order, and what still arrives when Redis does not help.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createBlockingRedis } from '#platform/redis/index.ts'
import { createInbox, publishInbox, type Inbox, type LiveMessage } from '#services/inbox/index.ts'
import { newUuid } from '#shared/ids.ts'
import { addInboxItems } from '../support/add-inbox-items.ts'
import { eventually } from '../support/eventually.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let inbox: Inbox | undefined
const streams: AbortController[] = []
let subscriberName = ''

beforeAll(async () => {
  platform = await openTestPlatform()
})
afterEach(() => {
  for (const stream of streams.splice(0)) stream.abort()
  inbox?.close()
  inbox = undefined
})
afterAll(() => platform.close())

/** An inbox whose hints come over Redis at `url`, and whose poll is as slow as the test wants. */
function openInbox(options: { url?: string; pollEveryMs?: number } = {}): Inbox {
  subscriberName = `live-${newUuid()}`
  const { pool, redis, log, config } = platform
  const url = options.url ?? config.REDIS_URL!
  inbox = createInbox({
    pool,
    redis,
    log,
    secret: config.SIGNALBOX_SECRET!,
    files: { links: () => Promise.resolve([]) },
    openSubscriber: () => createBlockingRedis({ url, name: subscriberName, log }),
    pollEveryMs: options.pollEveryMs ?? 3_600_000,
  })
  return inbox
}

interface Listener {
  messages: LiveMessage[]
  sequences(): number[]
  stop(): Promise<void>
}

/** A client that takes everything it is given. */
async function listen(recipientId: string, after: number | null): Promise<Listener> {
  const stream = new AbortController()
  streams.push(stream)
  const messages: LiveMessage[] = []
  const follow = await inbox!.follow(platform.workspaceId, recipientId, after, stream.signal)
  const done = (async () => {
    for await (const message of follow) messages.push(message)
  })()
  return {
    messages,
    sequences: () => messages.flatMap((message) => (message.event === 'item' ? [message.item.sequence] : [])),
    async stop() {
      stream.abort()
      await done
    },
  }
}

async function arrive(recipientId: string, count = 1): Promise<void> {
  publishInbox(platform.redis, await addInboxItems(platform.pool, platform.workspaceId, recipientId, count))
}

/** Resolves once the shared connection listens to this recipient, so that a hint cannot be lost by chance. */
async function subscribed(recipientId: string): Promise<void> {
  const channel = `inbox:${platform.workspaceId}:${recipientId}`
  await eventually(async () => ((await platform.redis.pubsub('NUMSUB', channel)) as [string, number])[1] > 0)
}

const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index)

describe('a stream', () => {
  it('begins with now, says where that is, and tells what arrives', async () => {
    openInbox()
    await arrive('now', 2)
    const client = await listen('now', null)
    await eventually(() => expect(client.messages).toEqual([{ event: 'ready', sequence: 2 }]))
    await subscribed('now')
    await arrive('now')
    await eventually(() => expect(client.sequences()).toEqual([3]))
    expect(client.messages[1]).toMatchObject({
      event: 'item',
      item: { sequence: 3, title: 'Title 3', url: 'https://example.com/3', readAt: null },
    })
  })

  it('goes on after the sequence that the client holds, without gaps and without repeats, through any number of reconnects', async () => {
    openInbox({ pollEveryMs: 50 })
    const seen: number[] = []
    const writer = (async () => {
      for (let written = 0; written < 300; written += 5) await arrive('resume', 5)
    })()
    for (let visit = 0; seen.length < 300; visit++) {
      const client = await listen('resume', seen.at(-1) ?? 0)
      const until = seen.length + 1 + ((visit * 7) % 40)
      await eventually(() => seen.length + client.sequences().length >= Math.min(until, 300))
      await client.stop()
      seen.push(...client.sequences())
    }
    await writer
    expect(seen).toEqual(upTo(300))
  })

  it('tells a client that is more than 500 behind to read its list again, and goes on from there', async () => {
    openInbox()
    await arrive('far', 501)
    const behind = await listen('far', 0)
    await eventually(() => expect(behind.messages).toEqual([{ event: 'resync', sequence: 501 }]))
    const near = await listen('far', 1)
    await eventually(() => expect(near.sequences()).toEqual(upTo(501, 2)))
    await subscribed('far')
    await arrive('far')
    await eventually(() => expect(behind.sequences()).toEqual([502]))
  })

  it('tells a client that is ahead of us the same: the database came back from a backup', async () => {
    openInbox()
    await arrive('restored', 3)
    const client = await listen('restored', 9)
    await eventually(() => expect(client.messages).toEqual([{ event: 'resync', sequence: 3 }]))
  })

  it('tells marks that were set elsewhere', async () => {
    const service = openInbox()
    await arrive('marks', 2)
    const client = await listen('marks', 2)
    await subscribed('marks')
    const { items } = await service.list(platform.workspaceId, 'marks', { limit: 10 })
    await service.mark(platform.workspaceId, 'marks', items[0]!.id, 'archive')
    await eventually(() =>
      expect(client.messages).toMatchObject([{ event: 'update', item: { id: items[0]!.id, archivedAt: expect.any(String) } }]),
    )
    await service.readAll(platform.workspaceId, 'marks')
    await eventually(() => expect(client.messages[1]).toEqual({ event: 'read-all', throughSequence: 2 }))
  })

  it('hears nothing of anybody else', async () => {
    openInbox({ pollEveryMs: 50 })
    const mine = await listen('mine', 0)
    const other = await platform.addWorkspace()
    publishInbox(platform.redis, await addInboxItems(platform.pool, other.workspaceId, 'mine', 3))
    await arrive('yours', 3)
    await arrive('mine')
    await eventually(() => expect(mine.sequences()).toEqual([1]))
  })
})

describe('without help from Redis', () => {
  it('arrives by the poll when Redis cannot be reached', async () => {
    openInbox({ url: 'redis://127.0.0.1:1', pollEveryMs: 50 })
    const client = await listen('alone', 0)
    const other = await listen('alone-too', 0)
    await arrive('alone', 2)
    await arrive('alone-too')
    await eventually(() => expect(client.sequences()).toEqual([1, 2]))
    await eventually(() => expect(other.sequences()).toEqual([1]))
  })

  it('arrives by the poll when its hint was lost', async () => {
    openInbox({ pollEveryMs: 50 })
    const client = await listen('lost', 0)
    await addInboxItems(platform.pool, platform.workspaceId, 'lost', 1)
    await eventually(() => expect(client.sequences()).toEqual([1]))
  })

  it('looks at once when the connection to Redis comes back, and listens again', async () => {
    openInbox()
    const client = await listen('cut', 0)
    await subscribed('cut')
    const connections = (await platform.redis.client('LIST')) as string
    const id = /^id=(\d+) /.exec(connections.split('\n').find((line) => line.includes(` name=${subscriberName} `)) ?? '')?.[1]
    await addInboxItems(platform.pool, platform.workspaceId, 'cut', 1)
    await platform.redis.client('KILL', 'ID', Number(id))
    await eventually(() => expect(client.sequences()).toEqual([1]))
    await subscribed('cut')
    await arrive('cut')
    await eventually(() => expect(client.sequences()).toEqual([1, 2]))
  })

  it('publishes into nothing without an error while Redis is away', () => {
    const away = createBlockingRedis({ url: 'redis://127.0.0.1:1', name: 'away', log: platform.log })
    publishInbox(away, [{ workspaceId: platform.workspaceId, recipientId: 'u', sequence: 1 }])
    away.disconnect()
  })
})

describe('the number of streams', () => {
  it('is bounded per recipient, and a stream that ends makes room', async () => {
    const service = openInbox()
    const clients = await Promise.all(upTo(10).map(() => listen('many', null)))
    await expect(listen('many', null)).rejects.toMatchObject({ code: 'rate-limited' })
    await listen('another', null)
    await clients[0]!.stop()
    await listen('many', null)
    expect(service.streams()).toBe(11)
  })

  it('falls to nothing when the inbox closes, and so does the shared connection', async () => {
    const service = openInbox()
    const client = await listen('end', null)
    await subscribed('end')
    service.close()
    await eventually(() => service.streams() === 0)
    await client.stop()
    await expect(service.follow(platform.workspaceId, 'end', null, new AbortController().signal)).rejects.toMatchObject({
      code: 'dependency-unavailable',
    })
    await eventually(async () => !((await platform.redis.client('LIST')) as string).includes(` name=${subscriberName} `))
  })
})
