// 100,000 open letters of a receiver that has healed, replayed as fast as the lanes let them, beside an HTTP client that only calls.
import { Redis } from 'ioredis'
import { createPool } from '#platform/postgres/index.ts'
import type { ReplayView } from '#shared/contracts/replay.ts'
import { startSink, type Sink } from '../../tools/load/start-sink.ts'
import type { Bench } from '../bench.ts'
import { mean, ms, perSecond, ratio } from '../figures.ts'
import { runLimit } from '../run-child.ts'
import { seedDead } from '../seed-rows.ts'

const letters = 100_000
const budgetSeconds = 60
const pingBudgetMs = 20

export async function replay(bench: Bench): Promise<void> {
  const { api } = bench.product
  const sink = await startSink(bench.sinkPort)
  try {
    const url = `http://127.0.0.1:${bench.sinkPort}/hook`
    const { body: endpoint } = await api('POST', '/endpoints', { url, eventTypes: ['bench.replay'] })
    bench.say(`seeding ${letters} dead deliveries ...`)
    const pool = createPool({ url: bench.databaseUrl, max: 1, applicationName: 'bench-seed' })
    const { rows } = await pool.query("SELECT id FROM workspace WHERE key = 'production'")
    await seedDead(pool, rows[0].id as string, (endpoint as { id: string }).id, letters)
    await pool.end()
    const before = await bareCalls(sink)
    const already = await sink.count()
    const idle = await bench.usage()
    const pings = watchRedis(bench.redisUrl)
    const statements = watchStatements(bench.databaseUrl)
    const startedAt = performance.now()
    const filter = { endpoint: (endpoint as { id: string }).id, state: 'open' }
    const { status, body } = await api('POST', '/replays', { filter, reason: 'the receiver has healed' })
    if (status !== 202) throw new Error(`The replay was not started: ${status} ${JSON.stringify(body)}`)
    const { id } = body as ReplayView
    let arrivedAfter = Number.NaN
    let now = body as ReplayView
    for (const endsAt = startedAt + 10 * budgetSeconds * 1_000; now.state !== 'completed' && performance.now() < endsAt;) {
      await new Promise((resolve) => setTimeout(resolve, 250))
      if (Number.isNaN(arrivedAfter) && (await sink.count()) - already >= letters) arrivedAfter = performance.now() - startedAt
      // Each look counts the letters: not more often than a person's page does.
      if (!Number.isNaN(arrivedAfter) || Math.random() < 0.25) now = (await api('GET', `/replays/${id}`)).body as ReplayView
    }
    const seconds = (performance.now() - startedAt) / 1_000
    const busy = await bench.usage()
    const ping = await pings.stop()
    const atWork = await statements.stop()
    const after = await bareCalls(sink)
    const bare = mean(before, after)
    bench.details.replay = {
      seconds,
      arrivedAfter,
      replay: now,
      ping,
      atWork,
      bare: [before, after],
      cpuUs: bench.cpuPerEvent(idle, busy, letters),
    }
    bench.figures.push({
      ...{
        row: `${letters / 1_000}k open letters replayed to one endpoint`,
        figure: `${seconds.toFixed(1)} s, ${perSecond(letters / seconds)} = ${ratio(letters / seconds / bare)}`,
        beside: `undici alone ${perSecond(bare)}`,
      },
      ...{ budget: `<= ${budgetSeconds} s`, ok: seconds <= budgetSeconds },
    })
    const { received, repeated } = await sink.report()
    bench.figures.push({
      ...{
        row: '  fixed; failed again; came twice',
        figure: `${now.fixed}; ${now.failedAgain}; ${repeated}`,
        budget: `${letters}; 0; any`,
      },
      ok: now.fixed === letters && now.failedAgain === 0 && received >= letters,
    })
    bench.figures.push({
      ...{
        row: '  Redis ping meanwhile',
        figure: `p50 ${ms(ping.p50)}, p99 ${ms(ping.p99)}, max ${ms(ping.max)}`,
        goal: `max <= ${pingBudgetMs} ms`,
      },
      ok: ping.max <= pingBudgetMs,
    })
    const cpu = Object.entries(bench.cpuPerEvent(idle, busy, letters)).filter(([name]) => name !== 'mail-catcher')
    bench.figures.push({ row: '  CPU of a letter', figure: cpu.map(([name, us]) => `${name} ${us} us`).join(', ') })
  } finally {
    sink.stop()
  }
}

async function bareCalls(sink: Sink): Promise<number> {
  const calls = runLimit<{ perSecond: number }>('http-calls.ts', [String(sink.port), '40000'])
  const { perSecond: rate } = await calls.next()
  await calls.ended
  return rate
}

/** Asks Redis every 20 ms how it is, from this process: a late timer here does not count. */
function watchRedis(url: string): { stop(): Promise<{ p50: number; p99: number; max: number }> } {
  const redis = new Redis(url)
  const took: number[] = []
  let open = true
  const watching = (async () => {
    while (open) {
      const startedAt = performance.now()
      await redis.ping()
      took.push(performance.now() - startedAt)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  return {
    async stop() {
      open = false
      await watching
      redis.disconnect()
      const sorted = took.toSorted((one, other) => one - other)
      const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
      return { p50: at(0.5), p99: at(0.99), max: at(1) }
    },
  }
}

/** Which statements Postgres is at, 30 times a second: shares of all that were seen at work, largest first. */
function watchStatements(url: string): { stop(): Promise<Record<string, number>> } {
  const pool = createPool({ url, max: 1, applicationName: 'bench-watch' })
  const seen = new Map<string, number>()
  let open = true
  const watching = (async () => {
    while (open) {
      const { rows } = await pool.query<{ query: string }>(
        "SELECT query FROM pg_stat_activity WHERE state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()",
      )
      for (const { query } of rows) {
        const name = query.replaceAll(/\s+/g, ' ').trim().slice(0, 120)
        seen.set(name, (seen.get(name) ?? 0) + 1)
      }
      await new Promise((resolve) => setTimeout(resolve, 33))
    }
  })()
  return {
    async stop() {
      open = false
      await watching
      await pool.end()
      const all = [...seen.values()].reduce((sum, count) => sum + count, 0)
      const largest = [...seen].toSorted(([, one], [, other]) => other - one).slice(0, 15)
      return Object.fromEntries(largest.map(([name, count]) => [name, Math.round((count / all) * 1_000) / 1_000]))
    },
  }
}
