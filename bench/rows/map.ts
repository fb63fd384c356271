// What the live map costs the browser: the share of a core that the page's own thread is busy while traffic runs over it.
import { chromium } from 'playwright-core'
import { createPool } from '#platform/postgres/index.ts'
import { chromiumArguments, ensureChromium } from '../../tools/chromium.ts'
import { addOperator } from '../../tests/support/operators.ts'
import type { Bench } from '../bench.ts'

const budgetShare = 0.1
const ratePerSecond = 200

export async function map(bench: Bench): Promise<void> {
  const pool = createPool({ url: bench.databaseUrl, max: 2, applicationName: 'bench-map' })
  const { rows } = await pool.query<{ id: string }>("SELECT id FROM workspace WHERE key = 'production'")
  const { email, password } = await addOperator(pool, { roles: { [rows[0]!.id]: 'viewer' }, name: 'Bench' })
  await pool.end()
  const browser = await chromium.launch({ executablePath: await ensureChromium(), args: chromiumArguments })
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'no-preference' })
    await context.request.post(`${bench.product.url}/api/v1/session`, { data: { email, password }, headers: { origin: bench.product.url } })
    const page = await context.newPage()
    const load = bench.load({ rate: ratePerSecond, seconds: bench.seconds + 8, webhook: bench.sinkPort, 'no-ledger': true })
    await page.goto(`${bench.product.url}/map?node=queue:delivery-webhook`)
    await page.locator('.train').first().waitFor({ state: 'attached', timeout: 20_000 })
    const devtools = await context.newCDPSession(page)
    // CPU time of the thread, not wall time: the machine is shared with the load.
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
    const busySeconds = async (): Promise<{ tasks: number; at: number }> => {
      const { metrics } = await devtools.send('Performance.getMetrics')
      const value = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN
      return { tasks: value('TaskDuration'), at: performance.now() / 1_000 }
    }
    // The page has started, and its charts have been read once.
    await page.waitForTimeout(3_000)
    const before = await busySeconds()
    const moving = await page.locator('.train').count()
    await page.waitForTimeout(bench.seconds * 1_000)
    const after = await busySeconds()
    await load
    const share = (after.tasks - before.tasks) / (after.at - before.at)
    bench.details.map = { share, moving, ratePerSecond }
    bench.figures.push({
      row: `live map with a panel at ${ratePerSecond} events/s, ${moving} moving pieces: main thread`,
      figure: `${(share * 100).toFixed(1)}% of a core`,
      budget: `<= ${budgetShare * 100}%`,
      ok: share <= budgetShare,
    })
  } finally {
    await browser.close()
  }
}
