import type { QueueName } from '#shared/queue-names.ts'

/** How many open letters of the workspace were this queue's work: counted by their causes, asked for again when these change. */
export function useDeadCount(queue: () => QueueName) {
  const api = useApi()
  const counts = useReading((signal) => api.get('/dead-letters/counts', { signal }))
  useLive().on('dead-letter', () => void counts.read())
  return computed(() => (counts.data.value ? (counts.data.value.queues[queue()] ?? 0) : null))
}
