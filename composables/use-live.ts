import type { HintEvent, Hint, Snapshot, Stale } from '#shared/contracts/live.ts'
import { createStreamParser, reconnectDelayMs } from '#shared/view/event-stream.ts'
import { deadAfterMs } from '#shared/view/status-view.ts'

/** A tab that nobody looks at gives its stream back after this. */
const hiddenForMs = 30_000
/** The stream says something every second; silence for so long is a dead connection that nobody reported. */
const silentForMs = 10_000

interface LiveEvents extends Record<HintEvent, Hint> {
  snapshot: Snapshot
}
type Handler = (data: any) => void

const snapshot = shallowRef<Snapshot | null>(null)
const connected = ref(false)
const staleReason = ref<Stale['reason'] | null>(null)
const nowMs = ref(0)
const takenAtMs = ref(0)
const handlers = new Map<string, Set<Handler>>()
let lastEventId: string | null = null
let users = 0
let stream: AbortController | undefined
let retryTimer: ReturnType<typeof setTimeout> | undefined
let hiddenTimer: ReturnType<typeof setTimeout> | undefined
let clock: ReturnType<typeof setInterval> | undefined
let heardAtMs = 0
let tries = 0

function heard(event: string, data: string): void {
  const parsed = JSON.parse(data) as unknown
  const first = snapshot.value === null
  if (event === 'snapshot') {
    snapshot.value = parsed as Snapshot
    takenAtMs.value = performance.now()
    nowMs.value = takenAtMs.value
    staleReason.value = null
  } else if (event === 'stale') {
    const stale = parsed as Stale
    staleReason.value = stale.reason
    if (stale.ageMs !== null) takenAtMs.value = performance.now() - stale.ageMs
  }
  tell(event, parsed)
  if (event === 'snapshot' && first) tellAll()
}

/** Hints begin with the first picture: what changed between a page's own first reading and that, no hint has told. */
function tellAll(): void {
  for (const event of handlers.keys()) if (event !== 'snapshot') tell(event, { ids: [], all: true } satisfies Hint)
}

/** One page's mistake must not end the stream of all. */
function tell(event: string, data: unknown): void {
  for (const handler of handlers.get(event) ?? []) {
    try {
      handler(data)
    } catch (error) {
      reportError(error)
    }
  }
}

async function listen(controller: AbortController): Promise<void> {
  const headers: Record<string, string> = { accept: 'text/event-stream', ...useSession().headers() }
  if (lastEventId !== null) headers['last-event-id'] = lastEventId
  const response = await fetch('/api/v1/live', { headers, signal: controller.signal, cache: 'no-store', credentials: 'same-origin' })
  // The stream ends when the session does: nobody looks at a picture that stands still.
  if (response.status === 401) await useSession().ended()
  if (!response.ok || !response.body) throw new Error(`The live stream answered ${response.status}`)
  connected.value = true
  tries = 0
  const parser = createStreamParser((message) => {
    if (stream !== controller) return
    lastEventId = message.id ?? lastEventId
    heard(message.event, message.data)
  })
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    heardAtMs = performance.now()
    parser.push(value)
  }
}

function connect(): void {
  clearTimeout(retryTimer)
  if (stream || users === 0) return
  const controller = new AbortController()
  stream = controller
  heardAtMs = performance.now()
  void listen(controller)
    .catch(() => {})
    .finally(() => {
      if (stream !== controller) return
      stream = undefined
      connected.value = false
      if (users > 0 && !document.hidden) retryTimer = setTimeout(connect, reconnectDelayMs(tries++, Math.random()))
    })
}

function disconnect(): void {
  clearTimeout(retryTimer)
  const last = stream
  stream = undefined
  connected.value = false
  last?.abort()
}

function onVisibility(): void {
  clearTimeout(hiddenTimer)
  if (document.hidden) {
    hiddenTimer = setTimeout(disconnect, hiddenForMs)
    return
  }
  nowMs.value = performance.now()
  tries = 0
  connect()
}

function tick(): void {
  nowMs.value = performance.now()
  if (stream && nowMs.value - heardAtMs > silentForMs) {
    disconnect()
    connect()
  }
}

function start(): void {
  clock = setInterval(tick, 1_000)
  document.addEventListener('visibilitychange', onVisibility)
  window.addEventListener('online', onVisibility)
  connect()
}

function stop(): void {
  clearInterval(clock)
  clearTimeout(hiddenTimer)
  document.removeEventListener('visibilitychange', onVisibility)
  window.removeEventListener('online', onVisibility)
  disconnect()
}

/** Forgets the picture and begins again: another workspace was chosen, another person signed in. */
export function restartLive(): void {
  snapshot.value = null
  lastEventId = null
  disconnect()
  if (users > 0) connect()
}

const ageMs = computed(() => (snapshot.value ? Math.max(0, nowMs.value - takenAtMs.value) : null))
const stale = computed(() => ageMs.value === null || ageMs.value > deadAfterMs)

/**
 * The one live stream of this tab (GET /api/v1/live): the newest snapshot, how old it is, and hints by name. Opened while
 * somebody uses it, given back when nobody does or the tab is hidden for long; comes back by itself and resumes after the last event.
 */
export function useLive() {
  if (users++ === 0) start()
  const mine: [string, Handler][] = []
  onScopeDispose(() => {
    for (const [event, handler] of mine) handlers.get(event)?.delete(handler)
    if (--users === 0) stop()
  })
  return {
    snapshot: snapshot as Readonly<typeof snapshot>,
    connected: readonly(connected),
    /** null = nothing has come yet. */
    ageMs,
    /** Show rings instead of lamps: what is on the page may no longer be so. */
    stale,
    /** Why the server itself has no newer picture; null while it has. */
    staleReason: readonly(staleReason),
    /** Hints that something changed: read what is shown again. `all`: hints may have been missed. */
    on<E extends keyof LiveEvents>(event: E, handler: (data: LiveEvents[E]) => void): void {
      const known = handlers.get(event) ?? new Set<Handler>()
      handlers.set(event, known.add(handler as Handler))
      mine.push([event, handler as Handler])
    },
  }
}
