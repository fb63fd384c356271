import type { EventView } from '#shared/contracts/event.ts'
import { traceEvent } from '#shared/view/map-trace.ts'

const ended: readonly EventView['state'][] = ['completed', 'unmatched', 'dead', 'cancelled']

/** One event on the map, read again with every other picture until it has ended. */
export function useFollowedEvent(id: () => string, live: ReturnType<typeof useLive>, apiId: () => string) {
  const api = useApi()
  const nowMs = useNow()
  const { data, problem, read } = useReading<EventView | null>(
    async (signal) => (id() ? await api.get('/events/{id}', { params: { id: id() }, signal }) : null),
    id,
  )
  const event = computed(() => (data.value?.id === id() ? data.value : null))
  watch(live.snapshot, (picture) => {
    if (event.value && !ended.includes(event.value.state) && picture && picture.sequence % 2 === 0) void read()
  })
  const trace = computed(() => (event.value ? traceEvent(event.value, nowMs.value, apiId()) : null))
  return { event, trace, problem, read, nowMs }
}
