// Searching in the console: words with their snippet, filters beside them, a word with a mistake, all of it in the URL; failures like
// this one on a cause; the ask box. What is found by meaning is tests/servers/search.test.ts: it takes an index of vectors.
import { beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { AskBox } from './pages/ask-box.ts'
import { Frame } from './pages/frame.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()
const patience = { timeout: 30_000 }

beforeAll(async () => {
  const { api } = opened.workspace
  await api('PUT', '/workflows/billing', {
    name: 'Billing',
    eventType: 'invoice.declined',
    steps: [{ id: 'bell', type: 'channel', channel: 'in-app', template: { title: '{{ data.title }}', body: '{{ data.body }}' } }],
  })
  await api('POST', '/workflows/billing/publish')
  const body = 'The bank refused the card for this invoice. <img src=x onerror=alert(1)> Please choose another card.'
  await api('POST', '/events', { type: 'invoice.declined', recipients: ['ada', 'bob'], data: { title: 'Your payment was declined', body } })
  await eventually(async () => (await api('GET', '/notifications/search?q=refused')).body.items.length === 2, { timeoutMs: 60_000 })
})

const rows = () => opened.page.locator('tbody tr')

test('words are found with what they stand in, as text, and filters hold beside them', async () => {
  const { page } = opened
  await opened.goto('/notifications')
  const field = page.getByRole('search').getByLabel('search', { exact: true })
  await field.fill('refused card')
  await field.press('Enter')
  await page.locator('.snippet mark', { hasText: 'refused' }).first().waitFor(patience)
  expect(new URL(page.url()).searchParams.get('q')).toBe('refused card')
  expect(await page.locator('.snippet').first().textContent()).toContain('<img src=x onerror=alert(1)>')
  await page.getByText('2 matches by words').waitFor(patience)
  await expectAccessible(page)
  await opened.goto('/notifications?q=refused&recipient=bob')
  await page.getByText('1 match by words').waitFor(patience)
  expect(await rows().count()).toBe(1)
})

test('a word with a mistake finds what was meant, and the page says so', async () => {
  await opened.goto('/notifications?q=declned')
  await opened.page.getByText('looked for declined').waitFor(patience)
  expect(await rows().count()).toBe(2)
})

test('meaning that cannot be had is said, and nothing found is no error', async () => {
  await opened.goto('/notifications?q=refused&mode=meaning')
  await opened.page.getByText('searched by words').waitFor(patience)
  await opened.goto('/notifications?q=zeppelin')
  await opened.page.getByText('Nothing found.').waitFor(patience)
})

test('the ask box finds messages by their words', async () => {
  await opened.goto('/queues')
  await new Frame(opened.page).title.waitFor()
  const box = new AskBox(opened.page)
  await box.open()
  await box.ask('refused card')
  await box
    .option(/Your payment was declined/)
    .first()
    .waitFor(patience)
})
