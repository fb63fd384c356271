// Lists and pages with a full house: 1,000,000 notifications and 300,000 dead letters, asked one after the other.
import { createPool } from '#platform/postgres/index.ts'
import type { Bench } from '../bench.ts'
import { ms } from '../figures.ts'
import { seedLetters, seedNotifications } from '../seed-rows.ts'

const notifications = 1_000_000
const letters = 300_000
const budgetMs = 50

/** What each page asks, with `{cause}`, `{endpoint}` and `{letter}` of the seeded rows. */
const questions: Record<string, string> = {
  causes: '/dead-letters/causes?limit=200',
  'closed causes': '/dead-letters/causes?state=closed&limit=20',
  counts: '/dead-letters/counts',
  'a cause': '/dead-letters/causes/{cause}',
  'letters of a cause': '/dead-letters?cause={cause}&state=open',
  'letters, page 100': '/dead-letters?state=open&cursor={cursor}',
  'letters of an endpoint': '/dead-letters?endpoint={endpoint}&state=open',
  'letters of a type': '/dead-letters?eventType=bench.7&state=open',
  'letters with a word that few have': '/dead-letters?q=needle4200&state=open',
  'letters with a word that all have': '/dead-letters?q=lorem&state=open',
  'letters of a cause with a word': '/dead-letters?cause={cause}&q=needle&state=open',
  'letters with a word that none has': '/dead-letters?q=nowhere&state=open',
  'a letter': '/dead-letters/{letter}',
  replays: '/replays',
  notifications: '/notifications?limit=50',
  'notifications of a recipient': '/notifications?recipient=u42',
  events: '/events?limit=50',
  queues: '/queues',
}

export async function pages(bench: Bench): Promise<void> {
  const pool = createPool({ url: bench.databaseUrl, max: 2, applicationName: 'bench-seed' })
  const workspaceId = (await pool.query("SELECT id FROM workspace WHERE key = 'production'")).rows[0].id as string
  bench.say(`seeding ${notifications} notifications and ${letters} letters ...`)
  await seedNotifications(pool, workspaceId, notifications)
  await seedLetters(pool, workspaceId, letters)
  await pool.query('VACUUM ANALYZE dead_letter')
  const { rows } = await pool.query(
    'SELECT cause_id AS cause, endpoint_id AS endpoint, id AS letter FROM dead_letter WHERE workspace_id = $1 ORDER BY id DESC OFFSET 5000 LIMIT 1',
    [workspaceId],
  )
  await pool.end()
  const hex = (id: string): string => id.replaceAll('-', '')
  const names: Record<string, string> = {
    cause: `cau_${hex(rows[0].cause)}`,
    endpoint: `end_${hex(rows[0].endpoint)}`,
    letter: `dl_${hex(rows[0].letter)}`,
    cursor: Buffer.from(`dl_${hex(rows[0].letter)}`).toString('base64url'),
  }
  const results: Record<string, { p50: number; p95: number }> = {}
  for (const [name, question] of Object.entries(questions)) {
    const path = question.replaceAll(/\{(\w+)\}/g, (_, key: string) => names[key]!)
    const took: number[] = []
    for (let n = 0; n < 40; n++) {
      const startedAt = performance.now()
      const { status } = await bench.product.api('GET', path)
      if (status !== 200) throw new Error(`${path} answered ${status}`)
      if (n >= 5) took.push(performance.now() - startedAt)
    }
    took.sort((one, other) => one - other)
    results[name] = { p50: took[Math.floor(took.length * 0.5)]!, p95: took[Math.floor(took.length * 0.95)]! }
  }
  bench.details.pages = results
  const slowest = Object.entries(results).sort(([, one], [, other]) => other.p95 - one.p95)
  for (const [index, [name, { p50, p95 }]] of slowest.entries())
    bench.figures.push({
      row: index === 0 ? `pages with ${notifications / 1_000}k notifications, ${letters / 1_000}k letters: ${name}` : `  ${name}`,
      figure: `p50 ${ms(p50)}, p95 ${ms(p95)}`,
      goal: `p95 <= ${budgetMs} ms`,
      ok: p95 <= budgetMs,
    })
}
