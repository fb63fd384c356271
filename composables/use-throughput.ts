import { seriesPeriod, type Range } from '#shared/view/overview.ts'

const queueNames = ['delivery-email', 'delivery-webhook', 'delivery-in-app'] as const
const names = ['accepted', 'created', 'delivered', ...queueNames.map((name) => `queue.${name}.waiting`)]

interface Answer {
  from: string
  to: string
  step: number
  series: { name: string; values: (number | null)[] }[]
}

/** History from the samples, grown by one point a step from the live stream, so that nothing asks again while the page is open. */
export function useThroughput(range: Readonly<Ref<Range>>) {
  const api = useApi()
  const { snapshot } = useLive()
  const asked = computed(() => seriesPeriod(range.value, Date.now()))
  const { data, problem, loading, read } = useReading(
    (signal) =>
      api.any<Answer>(
        'GET',
        `/metrics/series?${new URLSearchParams({ name: names.join(','), ...asked.value, step: String(asked.value.step) }).toString()}`,
        { signal },
      ),
    () => range.value,
  )
  const grown = shallowRef<{ at: number; values: (number | null)[] }[]>([])
  watch(data, () => (grown.value = []))

  watch(snapshot, (now) => {
    if (!now || !data.value) return
    const step = data.value.step
    const at = Math.floor(Date.parse(now.at) / 1_000)
    const last = grown.value.at(-1)?.at ?? Math.floor(Date.parse(data.value.to) / 1_000) - step
    if (at - last < step) return
    const { workspace, queues } = now
    const values = [
      workspace.acceptedPerSecond,
      workspace.createdPerSecond,
      workspace.deliveredPerSecond,
      ...queueNames.map((name) => queues.find((queue) => queue.name === name)?.waiting ?? null),
    ]
    grown.value = [...grown.value, { at, values }]
  })

  const table = computed(() => {
    const history = data.value
    if (!history) return { times: [] as number[], columns: names.map(() => [] as (number | null)[]) }
    const first = Math.floor(Date.parse(history.from) / 1_000)
    const length = Math.max(0, ...history.series.map(({ values }) => values.length))
    const more = grown.value
    return {
      times: [...Array.from({ length }, (_, index) => first + index * history.step), ...more.map(({ at }) => at)],
      columns: names.map((name, index) => [
        ...Array.from({ length }, (_, at) => history.series.find((one) => one.name === name)?.values[at] ?? null),
        ...more.map(({ values }) => values[index] ?? null),
      ]),
    }
  })

  const series = computed(() => {
    const [accepted = [], created = [], delivered = [], ...waiting] = table.value.columns
    return {
      accepted,
      created,
      delivered,
      waiting: accepted.map((_, index) =>
        waiting.every((column) => column[index] === null) ? null : waiting.reduce((sum, column) => sum + (column[index] ?? 0), 0),
      ),
    }
  })
  const times = computed(() => table.value.times)
  const period = computed(() => {
    const toS = times.value.at(-1) ?? Date.now() / 1_000
    const seconds = (Date.parse(asked.value.to) - Date.parse(asked.value.from)) / 1_000
    return { step: data.value?.step ?? asked.value.step, fromS: toS - seconds, toS }
  })
  return { times, series, period, loading, problem, read }
}
