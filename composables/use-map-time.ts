import type { Snapshot } from '#shared/contracts/live.ts'
import type { LiveHistory } from '#shared/contracts/topology.ts'
import { pastSnapshot } from '#shared/view/map-past.ts'
import { neighbourIncident, ranges, type RangeName } from '#shared/view/map-time.ts'

/** One step of play: a sample is worth this much time. */
const playStepMs = 10_000
const playEveryMs = 500
const steps: Record<RangeName, number> = { '4h': 60, '7d': 1_800 }

/**
 * The moment that the map shows: live, or one of the past with its own picture. What happened in the range is read when it is opened,
 * when something is reported to have changed, and with a picture of every minute; nothing asks by itself.
 */
export function useMapTime(state: { at: string; range: string }, live: ReturnType<typeof useLive>) {
  const api = useApi()
  const range = computed<RangeName>(() => (state.range === '7d' ? '7d' : '4h'))
  const minute = computed(() => (live.snapshot.value ? Math.floor(Date.parse(live.snapshot.value.at) / 60_000) : 0))
  const hints = ref(0)
  live.on('alert', () => hints.value++)
  const span = computed(() => {
    const toMs = minute.value ? (minute.value + 1) * 60_000 : Date.now()
    return { fromMs: toMs - ranges[range.value], toMs }
  })
  const query = computed(() => ({ from: new Date(span.value.fromMs).toISOString(), to: new Date(span.value.toMs).toISOString() }))

  const history = useReading(
    (signal) => api.get('/live/history', { query: query.value, signal }),
    () => [query.value.from, hints.value],
  )
  const accepted = useReading(
    (signal) => api.get('/metrics/series', { query: { ...query.value, name: 'accepted', step: steps[range.value] }, signal }),
    () => query.value.from,
  )

  const atMs = computed(() => {
    const given = Date.parse(state.at)
    return Number.isFinite(given) ? given : null
  })
  /** The picture of that moment; the last one stays while the next is read. */
  const moment = useReading<LiveHistory['picture']>(
    async (signal) => {
      if (atMs.value === null) return null
      const at = new Date(atMs.value)
      const around = { from: new Date(atMs.value - 1_000).toISOString(), to: new Date(atMs.value + 1_000).toISOString() }
      return (await api.get('/live/history', { query: { ...around, at: at.toISOString() }, signal })).picture
    },
    () => atMs.value,
  )
  const past = computed<Snapshot | null>(() =>
    atMs.value !== null && moment.data.value ? pastSnapshot(moment.data.value, live.snapshot.value) : null,
  )

  function goTo(ms: number | null): void {
    state.at = ms === null || ms >= Date.now() - 2_000 ? '' : new Date(Math.round(ms / 1_000) * 1_000).toISOString()
  }
  function goToIncident(way: 'before' | 'after'): void {
    const found = neighbourIncident(history.data.value?.incidents ?? [], atMs.value ?? Date.now(), way)
    if (found !== null) goTo(found + 5_000)
    else if (way === 'after') goTo(null)
  }

  const playing = ref(false)
  let timer: ReturnType<typeof setInterval> | undefined
  watch(playing, (now) => {
    clearInterval(timer)
    if (!now) return
    if (atMs.value === null) goTo(Date.now() - 10 * 60_000)
    timer = setInterval(() => {
      // One picture after the other: a slow answer slows the film, it does not pile up.
      if (moment.busy.value) return
      if (atMs.value === null) playing.value = false
      else goTo(atMs.value + playStepMs)
    }, playEveryMs)
  })
  onScopeDispose(() => clearInterval(timer))

  return {
    range,
    span,
    history: history.data,
    accepted: accepted.data,
    atMs,
    past,
    notKept: computed(() => atMs.value !== null && !moment.busy.value && moment.data.value === null),
    playing,
    goTo,
    goToIncident,
  }
}
