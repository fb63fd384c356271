// How long an event takes from leaving the client (or from its moment in the schedule, when the generator was kept waiting)
// to arriving at its receiver; and how much SQL that takes.
import { createPool } from '#platform/postgres/index.ts'
import type { Bench } from '../bench.ts'
import { ms } from '../figures.ts'

export async function latency(bench: Bench): Promise<void> {
  const send = { webhook: bench.sinkPort, type: 'bench.webhook' }
  // As in the row of webhooks: a product that runs, not one that starts.
  await bench.load({ ...send, rate: 1_000, seconds: Math.min(10, bench.seconds) })
  const slow = await bench.load({ ...send, rate: 100, seconds: bench.seconds })
  const few = slow.webhooks!.latencyMs
  bench.figures.push({
    ...{ row: 'sent -> webhook at 100/s', figure: `p50 ${ms(few.p50)}, p99 ${ms(few.p99)}` },
    ...{ budget: 'p50 <= 6 ms', goal: 'p50 <= 3, p99 <= 10 ms', ok: few.p50 <= 6 },
  })
  const before = await readCommits(bench.databaseUrl)
  const fast = await bench.load({ ...send, rate: 1_000, seconds: bench.seconds })
  const commits = (await readCommits(bench.databaseUrl)) - before
  const many = fast.webhooks!.latencyMs
  bench.figures.push({
    ...{
      row: 'sent -> webhook at 1,000/s',
      figure: `p50 ${ms(many.p50)}, p95 ${ms(many.p95)}, p99 ${ms(many.p99)}; ${fast.webhooks!.missing} missing`,
    },
    ...{ budget: 'p95 <= 30 ms', goal: 'p50 <= 4, p95 <= 15, p99 <= 50 ms', ok: many.p95 <= 30 && fast.webhooks!.missing === 0 },
  })
  const perEvent = commits / fast.load.accepted
  bench.figures.push({ row: '  SQL transactions per event', figure: perEvent.toFixed(2), goal: '<= 1', ok: perEvent <= 1 })
  bench.details.latency = { at100: slow, at1000: fast, commits }
}

/** Transactions that Postgres has committed, the relay's and all others' too. Those of the path are one statement each. */
async function readCommits(url: string): Promise<number> {
  const pool = createPool({ url, max: 1, applicationName: 'bench' })
  // Sessions report what they did a second later at most.
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  const { rows } = await pool.query<{ commits: number }>(
    'SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()',
  )
  await pool.end()
  return rows[0]!.commits
}
