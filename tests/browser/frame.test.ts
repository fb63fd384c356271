// The frame: navigation by mouse and keys, theme, narrow pages, who may not come in, and the age of the picture.
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { Frame } from './pages/frame.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()

test('shows every page by name and jumps by G and a letter', async () => {
  await opened.goto('/')
  const frame = new Frame(opened.page)
  await frame.item('Overview').waitFor()
  await expect.poll(() => frame.navigation.getByRole('heading').allTextContents()).toEqual(['Live', 'Messages', 'Build', 'Control'])
  await expect.poll(() => frame.current.textContent()).toContain('Overview')
  await frame.jump('b')
  await opened.page.waitForURL('**/mailbox**')
  await expect.poll(() => frame.current.textContent()).toContain('Mailbox')
})

test('says how old the picture is, and turns its lamps into rings when the stream stops', async () => {
  await opened.goto('/')
  const frame = new Frame(opened.page)
  await opened.workspace.api('POST', '/events', { type: 'nobody.listens', recipients: [], data: {} })
  const lamp = async () => (await frame.ledger.locator('.lamp').getAttribute('class')) ?? ''
  await eventually(async () => (await lamp()).includes('ok'))
  // The process that carries the stream dies, and what comes back is out of reach for a while.
  await opened.page.route('**/api/v1/live', (route) => route.abort())
  await opened.killApi()
  await eventually(async () => /^\d.* old$/.test((await frame.age.textContent()) ?? ''))
  await eventually(async () => (await lamp()).includes('none'))
  await expect.poll(() => frame.still.textContent(), { timeout: 30_000 }).toMatch(/does not answer\. This is the picture of .* UTC/)
  await opened.page.unroute('**/api/v1/live')
  await eventually(async () => /^live, /.test((await frame.age.textContent()) ?? ''))
  await eventually(async () => (await lamp()).includes('ok'))
  await expect.poll(async () => (await frame.still.textContent())?.trim(), { timeout: 30_000 }).toBe('')
})

test('keeps the page while the API is away, and opens the one that was asked for when it is back', async () => {
  const page = await opened.openTab()
  await opened.goto('/', page)
  const frame = new Frame(page)
  await frame.item('Workflows').waitFor()
  const away = /\/(_nuxt|api\/v1\/session)\b/
  await page.route(away, (route) => route.abort())
  await frame.item('Workflows').click()
  await expect.poll(() => frame.still.textContent(), { timeout: 30_000 }).toContain('Workflows opens then.')
  await expect.poll(() => frame.title.textContent()).toBe('Overview')
  await page.unroute(away)
  await page.waitForURL('**/workflows**')
  await expect.poll(() => frame.title.textContent(), { timeout: 30_000 }).toBe('Workflows')
  await page.close()
})

test('says why nobody can be let in, and goes on by itself', async () => {
  const page = await opened.openTab()
  await page.route('**/api/v1/session', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{}' }))
  await opened.goto('/queues', page)
  await page.getByRole('heading', { name: 'Nobody can be let in at the moment.' }).waitFor()
  await page.unroute('**/api/v1/session')
  await expect.poll(() => new Frame(page).title.textContent(), { timeout: 30_000 }).toBe('Queues')
  await page.close()
})

test('keeps the theme that was chosen', async () => {
  await opened.goto('/')
  await opened.page.locator('.who').click()
  await opened.page.getByLabel('Light').check()
  await expect.poll(() => opened.page.evaluate(() => document.documentElement.dataset.theme)).toBe('light')
  await opened.page.reload()
  await eventually(async () => (await opened.page.evaluate(() => document.documentElement.dataset.theme)) === 'light')
  await opened.page.evaluate(() => localStorage.removeItem('signalbox.theme'))
})

test('asks a stranger to sign in', async () => {
  const stranger = await opened.context.browser()!.newContext({ baseURL: opened.url })
  stranger.setDefaultTimeout(60_000)
  const page = await stranger.newPage()
  await page.goto('/queues')
  await page.waitForURL('**/sign-in**')
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await stranger.close()
})

test('has tabs at the bottom of a narrow page, and everything else behind More', async () => {
  const page = await opened.openTab()
  await page.setViewportSize({ width: 390, height: 844 })
  await opened.goto('/', page)
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('dialog').getByRole('link', { name: 'API keys' }).waitFor()
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  await page.close()
})

test('is accessible', async () => {
  await opened.goto('/')
  await new Frame(opened.page).item('Overview').waitFor()
  await expectAccessible(opened.page)
})
