// Open pages of this process. Snapshots come once a second over one subscription; each is parsed once, a workspace's view of it is
// serialised once for all of its tabs. Whoever reads slowly gets the newest one next, never a queue of old ones.
import type { Redis } from '#platform/redis/index.ts'
import { hintEvents, type Hint, type HintEvent, type Stale } from '#shared/contracts/live.ts'
import { Fault } from '#shared/fault.ts'
import type { PublishedSnapshot } from './collect-snapshots.ts'
import type { LiveHint } from './hints.rules.ts'
import { hintChannel, snapshotChannel, watchedKey } from './keys.ts'

/** A picture older than this is said to be old. */
const staleAfterMs = 3_000
const staleEveryMs = 1_000
const watchEveryMs = 2_000
/** Hints that a reconnecting page may still get one by one. */
const hintsKept = 500
/** More ids than this, and a page does better to read its list again. */
const idsKept = 100

export interface LiveHub {
  /**
   * SSE frames for one page of a workspace, until `signal` is aborted. `after` is the Last-Event-ID of a page that comes back: it gets
   * the hints it missed, or is told to read everything again. The reader sets the pace, and must read to the end.
   * Faults: rate-limited, dependency-unavailable.
   */
  follow(workspaceId: string, after: number | null, signal: AbortSignal): AsyncGenerator<Buffer | string, void, void>
  tabs(): number
  close(): void
}

interface Tab {
  workspaceId: string
  /** The last snapshot it was given. */
  sequence: number
  hints: Map<HintEvent, Set<string> | 'all'>
  wake: () => void
  woken: Promise<void>
}

interface Latest extends PublishedSnapshot {
  receivedAt: number
  frames: Map<string, Buffer>
}

const watchScript = `
local t = redis.call('TIME')
for i = 1, #ARGV do redis.call('ZADD', KEYS[1], t[1] * 1000 + math.floor(t[2] / 1000), ARGV[i]) end
return 1`

export function createLiveHub(deps: { redis: Redis; openSubscriber: () => Redis; tabsPerWorkspace?: number }): LiveHub {
  const { redis } = deps
  const tabsPerWorkspace = deps.tabsPerWorkspace ?? 1_000
  const tabs = new Set<Tab>()
  const byWorkspace = new Map<string, number>()
  let subscriber: Redis | undefined
  let latest: Latest | undefined
  let recent: (LiveHint & { sequence: number })[] = []
  /** Hints after this number are all in `recent`. */
  let recentFrom = 0
  let waitingSince = performance.now()
  let closed = false
  const watching = setInterval(watch, watchEveryMs)
  watching.unref()
  const ticking = setInterval(() => {
    if (ageMs() > staleAfterMs) wakeAll()
  }, staleEveryMs)
  ticking.unref()

  const ageMs = (): number => performance.now() - (latest?.receivedAt ?? waitingSince)

  function watch(): void {
    if (byWorkspace.size === 0 || redis.status !== 'ready') return
    redis.eval(watchScript, 1, watchedKey, ...byWorkspace.keys()).catch(() => {
      // Redis is away: the next turn says it again.
    })
  }

  function wakeAll(): void {
    for (const tab of tabs) tab.wake()
  }

  function onMessage(channel: string, text: string): void {
    if (channel === hintChannel) hear([JSON.parse(text) as LiveHint], (latest?.sequence ?? 0) + 1)
    else {
      const message = JSON.parse(text) as PublishedSnapshot
      // Another collector has taken over, or one counts from the beginning because Redis has lost its memory.
      if (message.anew || (latest && message.sequence < latest.sequence)) startAnew(message.sequence)
      if (!latest) recentFrom = message.sequence
      hear(message.hints, message.sequence)
      latest = { ...message, receivedAt: performance.now(), frames: new Map() }
    }
    wakeAll()
  }

  function startAnew(sequence: number): void {
    recent = []
    recentFrom = sequence
    for (const tab of tabs) {
      tab.sequence = 0
      for (const event of hintEvents) tab.hints.set(event, 'all')
    }
  }

  function hear(hints: readonly LiveHint[], sequence: number): void {
    for (const hint of hints) {
      recent.push({ ...hint, sequence })
      for (const tab of tabs) tell(tab, hint)
    }
    if (recent.length > hintsKept) {
      recentFrom = recent[recent.length - hintsKept - 1]!.sequence
      recent = recent.slice(-hintsKept)
    }
  }

  function tell(tab: Tab, hint: LiveHint): void {
    if (hint.workspaceId !== null && hint.workspaceId !== tab.workspaceId) return
    const known = tab.hints.get(hint.event)
    if (known === 'all') return
    const ids = new Set([...(known ?? []), ...hint.ids])
    tab.hints.set(hint.event, ids.size > idsKept ? 'all' : ids)
  }

  function join(workspaceId: string, after: number | null): Tab {
    const open = byWorkspace.get(workspaceId) ?? 0
    if (closed) throw new Fault('dependency-unavailable', 'This process is stopping. Connect again.', { retryAfterSeconds: 1 })
    if (open >= tabsPerWorkspace)
      throw new Fault('rate-limited', `This workspace already has ${open} live pages here. Close one first.`, { retryAfterSeconds: 5 })
    const tab: Tab = { workspaceId, sequence: 0, hints: new Map(), wake() {}, woken: Promise.resolve() }
    rearm(tab)
    if (after !== null) remind(tab, after)
    tabs.add(tab)
    byWorkspace.set(workspaceId, open + 1)
    if (tabs.size === 1) subscribe()
    if (open === 0) watch()
    return tab
  }

  /** What a page that comes back has missed. */
  function remind(tab: Tab, after: number): void {
    if (latest && after >= recentFrom && after <= latest.sequence) {
      for (const hint of recent) if (hint.sequence > after) tell(tab, hint)
    } else for (const event of hintEvents) tab.hints.set(event, 'all')
  }

  function subscribe(): void {
    waitingSince = performance.now()
    const mine = deps.openSubscriber()
    subscriber = mine
    mine.on('message', onMessage)
    mine.subscribe(snapshotChannel, hintChannel).catch(() => {})
  }

  /** Nobody looks any more: nothing is received, and what was is too old for who comes next. */
  function leave(tab: Tab): void {
    if (!tabs.delete(tab)) return
    const left = byWorkspace.get(tab.workspaceId)! - 1
    if (left > 0) byWorkspace.set(tab.workspaceId, left)
    else byWorkspace.delete(tab.workspaceId)
    if (tabs.size > 0) return
    subscriber?.disconnect()
    subscriber = undefined
    latest = undefined
    recent = []
  }

  function* frames(tab: Tab): Generator<Buffer | string, void, void> {
    for (const [event, ids] of tab.hints) {
      tab.hints.delete(event)
      const hint: Hint = ids === 'all' ? { ids: [], all: true } : { ids: [...ids], all: false }
      // Without an id: what a page has seen is what its last snapshot says.
      yield `event: ${event}\ndata: ${JSON.stringify(hint)}\n\n`
    }
    const frame = latest && latest.sequence !== tab.sequence ? frameOf(latest, tab.workspaceId) : undefined
    if (latest && frame) {
      tab.sequence = latest.sequence
      yield frame
    }
    if (ageMs() > staleAfterMs) {
      const stale: Stale = {
        ageMs: latest ? Math.round(ageMs()) : null,
        reason: redis.status === 'ready' ? (latest ? 'no-collector' : 'starting') : 'no-redis',
      }
      yield `event: stale\ndata: ${JSON.stringify(stale)}\n\n`
    }
  }

  async function* run(tab: Tab, signal: AbortSignal): AsyncGenerator<Buffer | string, void, void> {
    const end = (): void => tab.wake()
    signal.addEventListener('abort', end, { once: true })
    try {
      while (!signal.aborted && !closed) {
        rearm(tab)
        for (const frame of frames(tab)) {
          yield frame
          if (signal.aborted) return
        }
        await tab.woken
      }
    } finally {
      leave(tab)
    }
  }

  return {
    follow(workspaceId, after, signal) {
      return run(join(workspaceId, after), signal)
    },
    tabs: () => tabs.size,
    close() {
      closed = true
      clearInterval(watching)
      clearInterval(ticking)
      wakeAll()
      subscriber?.disconnect()
    },
  }
}

function rearm(tab: Tab): void {
  tab.woken = new Promise((resolve) => {
    tab.wake = resolve
  })
}

/** One workspace's view of a snapshot, made once for all of its tabs. */
function frameOf(snapshot: Latest, workspaceId: string): Buffer | undefined {
  const known = snapshot.frames.get(workspaceId)
  if (known) return known
  const workspace = snapshot.workspaces[workspaceId]
  if (workspace === undefined) return undefined
  const frame = Buffer.from(
    `event: snapshot\nid: ${snapshot.sequence}\ndata: ${snapshot.common.slice(0, -1)},"workspace":${workspace}}\n\n`,
  )
  snapshot.frames.set(workspaceId, frame)
  return frame
}
