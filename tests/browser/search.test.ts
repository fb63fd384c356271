// Searching in the console: words with their snippet, filters beside them, a word with a mistake, all of it in the URL; failures like
// this one on a cause; the ask box. What is found by meaning is tests/servers/search.test.ts: it takes an index of vectors.
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { startWebhookReceiver } from '../support/webhook-receiver.ts'
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
  await expect.poll(() => rows().count()).toBe(1)
})

test('a word with a mistake finds what was meant, and the page says so', async () => {
  await opened.goto('/notifications?q=declned')
  await opened.page.getByText('looked for declined').waitFor(patience)
  await expect.poll(() => rows().count()).toBe(2)
})

test('meaning that cannot be had is said, and nothing found is no error', async () => {
  await opened.goto('/notifications?q=refused&mode=meaning')
  await opened.page.getByText('searched by words').waitFor(patience)
  await opened.goto('/notifications?q=zeppelin')
  await opened.page.getByText('Nothing found.').waitFor(patience)
})

test('recipients are found by what is known of them, and the page goes on to one', async () => {
  const { page } = opened
  await opened.workspace.api('PUT', '/recipients/grace', { email: 'hopper@navy.example', attributes: { team: 'compilers' } })
  await eventually(async () => (await opened.workspace.api('GET', '/search?kind=recipient&q=compilers')).body.items.length === 1, {
    timeoutMs: 60_000,
  })
  await opened.goto('/recipients')
  const field = page.getByRole('search').getByLabel('search', { exact: true })
  await field.fill('compilers')
  await field.press('Enter')
  await page.locator('.snippet mark', { hasText: 'compilers' }).waitFor(patience)
  await page.getByText('1 match by words').waitFor(patience)
  expect(new URL(page.url()).searchParams.get('q')).toBe('compilers')
  await expectAccessible(page)
  await page.getByRole('link', { name: 'grace' }).click()
  await page.waitForURL(/\/recipients\/grace/, patience)
})

test('dead letters are found by words beside what the guide says and their cause, and lead to both', async () => {
  const { page } = opened
  const { api } = opened.workspace
  const receiver = await startWebhookReceiver()
  onTestFinished(() => receiver.close())
  receiver.answer(400)
  await api('POST', '/endpoints', { url: receiver.url, eventTypes: ['order.*'], retrySchedule: [] })
  await api('POST', '/events', { type: 'order.paid', data: { order: 7 } })
  const found = async (q: string) => (await api('GET', `/dead-letters/search?q=${q}&state=open`)).body.items.length
  await eventually(async () => (await found('order')) === 1, { timeoutMs: 60_000 })
  await opened.goto('/dead-letters')
  const field = page.getByLabel('Search dead letters')
  await page.getByLabel('by', { exact: true }).selectOption('words')
  await field.fill('endpoint answered')
  const letters = page.getByRole('table', { name: 'Letters found, best first' })
  await letters.locator('tbody tr').waitFor(patience)
  await page.getByText('1 match by words').waitFor(patience)
  expect(new URL(page.url()).searchParams.get('mode')).toBe('words')
  await expectAccessible(page)
  await letters.locator('tbody tr').click()
  const panel = page.locator('aside.letter')
  await panel.waitFor(patience)
  await panel.getByRole('link', { name: 'The receiver does not accept the request' }).click()
  await page.waitForURL(/\/field-guide\/http-400/, patience)
  await page.getByRole('heading', { name: 'What to do' }).waitFor(patience)
  // What it says is about this workspace too, and leads back to the cause.
  await page.getByRole('link', { name: 'HTTP 400 from webhook endpoint' }).first().click()
  await page.locator('.cause-head .sentence').waitFor(patience)
  // So does what one attempt of it was answered.
  const [letter] = (await api('GET', '/dead-letters/search?q=order&state=open')).body.items
  await opened.goto(`/deliveries/${letter.deliveryId}`)
  const attempt = page.getByRole('region', { name: /^Attempt 1/ })
  await attempt.getByRole('link', { name: 'The receiver does not accept the request' }).waitFor(patience)
  await expectAccessible(page)
})

test('the field guide is a list that is searched, and an article at its code', async () => {
  const { page } = opened
  await opened.goto('/field-guide')
  await page.getByRole('link', { name: /The certificate cannot be trusted/ }).waitFor(patience)
  await expectAccessible(page)
  const field = page.getByRole('search').getByLabel('search', { exact: true })
  await field.fill('certificate')
  await field.press('Enter')
  await page.locator('.snippet mark', { hasText: 'certificate' }).first().waitFor(patience)
  await page
    .getByRole('link', { name: /The certificate cannot be trusted/ })
    .first()
    .click()
  await page.getByRole('heading', { name: 'What to do' }).waitFor(patience)
  expect(new URL(page.url()).pathname).toBe('/field-guide/tls-failed')
  await expectAccessible(page)
  // A code that shares an article, and one that has none.
  await opened.goto('/field-guide/http-502')
  await page.getByRole('heading', { name: 'The receiver is not available' }).waitFor(patience)
  await opened.goto('/field-guide/nothing-of-the-kind')
  await page.getByText('The guide has no such article.').waitFor(patience)
})

test('the ask box finds articles of the field guide', async () => {
  await opened.goto('/queues')
  await new Frame(opened.page).title.waitFor()
  const box = new AskBox(opened.page)
  await box.open()
  await box.ask('certificate expired')
  await box
    .option(/The certificate cannot be trusted/)
    .first()
    .click()
  await opened.page.waitForURL(/\/field-guide\/tls-failed/, patience)
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
