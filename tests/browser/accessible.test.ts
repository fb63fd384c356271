// Every page of the navigation against WCAG 2.2 AA, in light and dark, and without a sideways scroll at 390 px.
import { expect, test } from 'vitest'
import { navigation } from '#shared/view/navigation.ts'
import { Frame } from './pages/frame.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole({ workspace: 'first' })
const items = navigation.flatMap((group) => group.items)

test.each(items)('$label is accessible', async (item) => {
  await opened.goto(item.path)
  await new Frame(opened.page).title.waitFor({ state: 'attached' })
  await opened.page.waitForFunction(() => document.querySelector('.skeleton') === null)
  await expectAccessible(opened.page)
})

test.each(items)('$label fits 390 px', async (item) => {
  const page = await opened.openTab()
  await page.setViewportSize({ width: 390, height: 844 })
  await opened.goto(item.path, page)
  await new Frame(page).title.waitFor({ state: 'attached' })
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await page.close()
})
