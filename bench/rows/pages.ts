// Lists and pages with a full house: 1,000,000 notifications and 300,000 dead letters, asked one after the other.
import { createPool } from '#platform/postgres/index.ts'
import type { Bench } from '../bench.ts'
import { ms } from '../figures.ts'
import { seedHeld, seedLetters, seedNotifications, seedWaiting } from '../seed-rows.ts'

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
  'letters of a channel with few': '/dead-letters?channel=email&state=open',
  'letters of a queue': '/dead-letters?queue=delivery-webhook&state=open',
  replays: '/replays',
  notifications: '/notifications?limit=50',
  'notifications of a recipient': '/notifications?recipient=u42',
  'notifications to an address': '/notifications?address=U42@example.com',
  'notifications delivered': '/notifications?state=delivered',
  'notifications dead': '/notifications?state=dead',
  'notifications maybe-sent': '/notifications?state=maybe-sent',
  'notifications held': '/notifications?state=held',
  'notifications suppressed': '/notifications?state=suppressed',
  'notifications with a subject that few have': '/notifications?subject=needle',
  'notifications with a subject that none has': '/notifications?subject=nowhere',
  'notifications of a workflow': '/notifications?workflow=bench-7',
  'deliveries dead': '/deliveries?state=dead',
  'deliveries held': '/deliveries?state=held',
  'deliveries maybe-sent': '/deliveries?state=maybe-sent',
  'deliveries with a subject that few have': '/deliveries?subject=needle',
  events: '/events?limit=50',
  'events of a type': '/events?type=bench.7',
  'events of a type that none has': '/events?type=none',
  queues: '/queues',
  'jobs waiting': '/queues/delivery-email/jobs?state=waiting',
  'jobs of a recipient': '/queues/delivery-email/jobs?state=waiting&q=u42',
  'jobs with a word that few have': '/queues/delivery-email/jobs?state=waiting&q=needle',
  'jobs with a word that none has': '/queues/delivery-email/jobs?state=waiting&q=nowhere',
}

/** What looks through everything in bounded answers: how long all of them take. */
const wholeLooks: Record<string, string> = {
  'notifications with a subject that few have': '/notifications?subject=needle',
  'events of a type that none has': '/events?type=none',
  'jobs with a word that none has': '/queues/delivery-email/jobs?state=waiting&q=nowhere',
}

async function lookThrough(bench: Bench, path: string): Promise<{ ms: number; answers: number; items: number }> {
  const startedAt = performance.now()
  let answers = 0
  let items = 0
  for (let cursor: string | null = ''; cursor !== null; answers++) {
    const { body } = await bench.product.api('GET', `${path}${cursor && `&cursor=${cursor}`}`)
    items += (body.items as unknown[]).length
    cursor = body.nextCursor as string | null
  }
  return { ms: performance.now() - startedAt, answers, items }
}

export async function pages(bench: Bench): Promise<void> {
  const pool = createPool({ url: bench.databaseUrl, max: 2, applicationName: 'bench-seed' })
  const workspaceId = (await pool.query("SELECT id FROM workspace WHERE key = 'production'")).rows[0].id as string
  bench.say(`seeding ${notifications} notifications and ${letters} letters ...`)
  await seedNotifications(pool, workspaceId, notifications)
  await seedLetters(pool, workspaceId, letters)
  await seedHeld(pool, workspaceId, 100)
  await pool.query('VACUUM ANALYZE dead_letter')
  const { rows } = await pool.query(
    'SELECT cause_id AS cause, endpoint_id AS endpoint, id AS letter FROM dead_letter WHERE workspace_id = $1 ORDER BY id DESC OFFSET 5000 LIMIT 1',
    [workspaceId],
  )
  const hex = (id: string): string => id.replaceAll('-', '')
  const names: Record<string, string> = {
    cause: `cau_${hex(rows[0].cause)}`,
    endpoint: `end_${hex(rows[0].endpoint)}`,
    letter: `dl_${hex(rows[0].letter)}`,
    cursor: Buffer.from(`dl_${hex(rows[0].letter)}`).toString('base64url'),
  }
  const results: Record<string, { p50: number; p95: number }> = {}
  for (const [name, question] of Object.entries(questions)) {
    // The jobs come last: the mails that were delivered wait again, in a queue that nobody takes from.
    if (name === 'jobs waiting') {
      bench.say(`putting ${notifications} mails back to work ...`)
      await bench.product.api('POST', '/queues/delivery-email/pause', { reason: 'the benchmark looks at what waits' })
      await seedWaiting(pool, workspaceId)
    }
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
  for (const [name, path] of Object.entries(wholeLooks)) {
    const whole = await lookThrough(bench, path)
    bench.figures.push({
      row: `  ${name}, to its end`,
      figure: `${(whole.ms / 1_000).toFixed(1)} s in ${whole.answers} answers, ${whole.items} found`,
    })
  }
  await pool.end()
  const slowest = Object.entries(results).sort(([, one], [, other]) => other.p95 - one.p95)
  for (const [index, [name, { p50, p95 }]] of slowest.entries())
    bench.figures.push({
      row: index === 0 ? `pages with ${notifications / 1_000}k notifications, ${letters / 1_000}k letters: ${name}` : `  ${name}`,
      figure: `p50 ${ms(p50)}, p95 ${ms(p95)}`,
      budget: `p95 <= ${budgetMs} ms`,
      ok: p95 <= budgetMs,
    })
}
