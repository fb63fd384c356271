// The budget of the first page: all JavaScript that a browser asks for until the overview stands, compressed, at most 170 KB.
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { Frame } from './pages/frame.ts'
import { useConsole } from './support/console.ts'

const budgetBytes = 170 * 1_024
const opened = useConsole({ workspace: 'first' })

test('the overview needs at most 170 KB of JavaScript', async () => {
  const page = await opened.openTab()
  const scripts = new Map<string, Promise<Buffer>>()
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return
    const body = response.body()
    // One that is not needed may still be on its way when the page closes; nobody waits for it.
    body.catch(() => {})
    scripts.set(response.url(), body)
  })
  await opened.goto('/', page)
  await new Frame(page).item('Overview').waitFor()
  const shownMs = await page.evaluate(() => performance.now())
  await page.waitForLoadState('load')
  // Preloads of what the next page may need are asked for when nothing else is to be done: they are not what this one needs.
  const needed = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter(
        (entry) => ['script', 'link', 'other'].includes((entry as PerformanceResourceTiming).initiatorType) && /\.js$/.test(entry.name),
      )
      .map((entry) => entry.name),
  )
  const sizes = await Promise.all([...scripts].filter(([url]) => needed.includes(url)).map(async ([, body]) => gzipSync(await body).length))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  console.log(`first page: ${(bytes / 1_024).toFixed(1)} KB of JavaScript in ${sizes.length} files, shown after ${shownMs.toFixed(0)} ms`)
  expect(sizes.length).toBeGreaterThan(2)
  expect(bytes).toBeLessThanOrEqual(budgetBytes)
  await page.close()
})
