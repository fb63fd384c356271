import type { Status } from '#shared/contracts/status.ts'
import type { Ages } from '#shared/view/status-view.ts'

const everyMs = 2_000
const patienceMs = 5_000

/**
 * The state of the instance, asked for every 2 s: the next question goes out only after the last one was answered or given up,
 * and none while nobody looks. Old data stays, and its age grows.
 */
export function useStatus(fetchStatus: (signal: AbortSignal) => Promise<Status> = readStatus) {
  const status = shallowRef<Status | null>(null)
  const failing = ref(false)
  const nowMs = ref(performance.now())
  const answeredAtMs = ref(0)
  /** By this browser's own monotonic clock: the server only says how old the picture was when it was sent. */
  const ages = computed<Ages>(() => {
    const answerMs = status.value ? Math.max(0, nowMs.value - answeredAtMs.value) : 0
    return { answerMs, pictureMs: answerMs + (status.value?.ageMs ?? 0) }
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | undefined

  async function ask(): Promise<void> {
    if (asking) return
    clearTimeout(timer)
    const mine = new AbortController()
    asking = mine
    const giveUp = setTimeout(() => mine.abort(), patienceMs)
    try {
      const answer = await fetchStatus(mine.signal)
      if (asking !== mine) return
      status.value = answer
      answeredAtMs.value = performance.now()
      failing.value = false
    } catch {
      failing.value = true
    } finally {
      clearTimeout(giveUp)
      nowMs.value = performance.now()
      if (asking === mine) {
        asking = undefined
        if (!document.hidden) timer = setTimeout(() => void ask(), everyMs)
      }
    }
  }

  function onVisibility(): void {
    nowMs.value = performance.now()
    if (document.hidden) clearTimeout(timer)
    else void ask()
  }

  const clock = setInterval(() => (nowMs.value = performance.now()), 1_000)
  document.addEventListener('visibilitychange', onVisibility)
  void ask()
  onScopeDispose(() => {
    clearInterval(clock)
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', onVisibility)
    const last = asking
    asking = undefined
    last?.abort()
  })
  return { status, ages, failing }
}

async function readStatus(signal: AbortSignal): Promise<Status> {
  const answer = await fetch('/api/v1/status', { signal, headers: { accept: 'application/json' } })
  if (!answer.ok) throw new Error(`The status answered ${answer.status}`)
  return (await answer.json()) as Status
}
