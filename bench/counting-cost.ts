// node bench/counting-cost.ts: what counting for the live picture costs a process, in CPU: of an accepted event, and of the report
// that leaves once a second. Both stand beside what an accept costs the API as `npm run bench -- --only webhook` measures it.
import { createCounters } from '#platform/telemetry/counters.ts'
import { packPlace } from '#platform/telemetry/report-counters.ts'

/** CPU of the API for one accepted event (bench/README.md, webhook). */
const acceptMicros = 97

function cpuMicros(work: () => void): number {
  work()
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

const counters = createCounters()
const [auth, limits, validation, commit, api, accept, statement] = [
  'auth',
  'limits',
  'validation',
  'accept.commit',
  'api.api-1',
  'http.accept',
  'postgres.accept',
].map((id) => counters.place(id))

const events = 1_000_000
/** All that one accepted event counts, as server/utils and the pools do it. */
function countAccepts(): void {
  for (let i = 0; i < events; i++) {
    const startedAt = performance.now()
    auth!.pass(performance.now() - startedAt)
    limits!.add(1)
    const validatedAt = performance.now()
    validation!.pass(performance.now() - validatedAt)
    const committedAt = performance.now()
    commit!.add(1)
    commit!.took(performance.now() - committedAt)
    const statementAt = performance.now()
    statement!.pass(performance.now() - statementAt)
    statement!.units(1)
    const tookMs = performance.now() - startedAt
    api!.pass(tookMs)
    accept!.pass(tookMs)
  }
}
const perEvent = cpuMicros(countAccepts) / events
console.log(
  `counting one accepted event: ${perEvent.toFixed(3)} us, ${((perEvent / acceptMicros) * 100).toFixed(2)}% of its ${acceptMicros} us`,
)

for (let place = 0; place < 40; place++) for (let ms = 0.1; ms < 2_000; ms *= 1.5) counters.place(`place.${place}`).pass(ms)
const reports = 1_000
const perReport =
  cpuMicros(() => {
    for (let i = 0; i < reports; i++)
      JSON.stringify(Object.fromEntries([...counters.places()].map(([id, counts]) => [id, packPlace(counts)])))
  }) / reports
console.log(
  `one report of ${counters.places().size} busy places: ${perReport.toFixed(0)} us a second, ${(perReport / 10_000).toFixed(3)}% of a core`,
)
