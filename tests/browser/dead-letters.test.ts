// From a webhook that dies to a ledger without dead ones: cause, edited copy, canary, replay; discard and undo; export.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts'
import { DeadLettersPage } from './pages/dead-letters.ts'
import { Frame } from './pages/frame.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()
let receiver: WebhookReceiver
let letters: DeadLettersPage

beforeAll(async () => {
  receiver = await startWebhookReceiver()
  receiver.answer(400)
  letters = new DeadLettersPage(opened.page)
  await opened.workspace.api('POST', '/endpoints', { url: receiver.url, eventTypes: ['order.*'], retrySchedule: [] })
})
afterAll(() => receiver.close())

const ledger = async () => (await opened.workspace.api('GET', '/ledger')).body
const openLetters = async (): Promise<number> => (await opened.workspace.api('GET', '/dead-letters/counts')).body.open

/** Sends events that the receiver refuses, and waits for their letters. */
async function letThemDie(count: number): Promise<void> {
  const before = await openLetters()
  const events = Array.from({ length: count }, (_, n) => ({ type: 'order.paid', data: { order: n, amount: 'ten' }, subject: `order/${n}` }))
  await opened.workspace.api('POST', '/events/batch', { events })
  await eventually(async () => (await openLetters()) === before + count)
}

test('says that there is nothing while nothing died', async () => {
  await opened.goto('/dead-letters')
  await opened.page.getByText('No dead letters').waitFor()
})

test('shows the cause of a webhook that dies as it happens, in a sentence', async () => {
  await opened.goto('/dead-letters')
  await opened.page.getByText('No dead letters').waitFor()
  // Another page has read that there is nothing, and its stream begins only when they have died.
  const late = await opened.openTab()
  const { promise: held, resolve: release } = Promise.withResolvers<undefined>()
  await late.route('**/api/v1/live', async (route) => {
    await held
    await route.continue()
  })
  await opened.goto('/dead-letters', late)
  await late.getByText('No dead letters').waitFor()
  await letThemDie(15)
  await letters.cause('HTTP 400 from webhook endpoint').waitFor()
  await eventually(async () => (await letters.sentence.textContent())?.includes('15 deliveries to 1 endpoint') === true)
  // Every hint of it is out by the second picture after.
  const frame = new Frame(opened.page)
  await frame.nextPicture(await frame.nextPicture())
  release(undefined)
  await new DeadLettersPage(late).cause('HTTP 400 from webhook endpoint').waitFor()
  await late.close()
  await expect.poll(() => letters.sentence.textContent()).toContain('a replay makes no duplicates')
  await expect.poll(() => letters.letters.count()).toBe(15)
  await letters.bar.waitFor()
  await expectAccessible(opened.page)
})

test('moves by j and k, opens a letter by Enter, and sends an edited copy with its difference', async () => {
  receiver.answer(200)
  receiver.received.length = 0
  await letters.sentence.click()
  await opened.page.keyboard.press('j')
  await opened.page.keyboard.press('Enter')
  await letters.panel.waitFor()
  await expect.poll(() => opened.page.url()).toContain('letter=dl_')
  await expectAccessible(opened.page)
  await letters.panel.getByRole('button', { name: 'Edit a copy' }).click()
  const body = letters.panel.getByLabel('Edited body, JSON')
  await body.fill('{ "order": 14, "amount": ')
  await letters.panel.getByText(/This is not JSON/).waitFor()
  // JSON, and nothing that a webhook can carry.
  await body.fill('[14, 10]')
  await letters.panel.getByText('must be an object').waitFor()
  await letters.panel.getByLabel('Reason').fill('amounts are numbers')
  const send = letters.panel.getByRole('button', { name: 'Send the edited copy' })
  await expect.poll(() => send.getAttribute('aria-disabled')).toBe('true')
  await body.fill('{ "order": 14, "amount": 10 }')
  await letters.panel.locator('.diff').getByText('/amount').waitFor()
  await expect.poll(() => send.getAttribute('aria-disabled')).toBe('false')
  await send.click()
  await eventually(() => receiver.received.length === 1)
  expect(receiver.received[0]!.body.data).toEqual({ order: 14, amount: 10 })
  await letters.panel.getByText('Sent again.').waitFor()
  await opened.page.keyboard.press('Escape')
  await letters.panel.waitFor({ state: 'detached' })
})

test('replays the cause by a canary that stops itself while the receiver is still ill', async () => {
  receiver.answer(400)
  receiver.received.length = 0
  await eventually(async () => (await letters.letters.count()) === 14)
  await letters.startReplay('is it back?', 14)
  await letters.run.getByText('stopped', { exact: true }).waitFor()
  expect(receiver.received).toHaveLength(1)
  await letters.run.getByText(/The same cause came back/).waitFor()
})

test('goes on when it is healed, step by step, and nothing stays dead', async () => {
  receiver.answer(200)
  await letters.run.getByRole('button', { name: 'Resume...' }).click()
  await letters.answerDialog('mended', 'Resume with the canary')
  await letters.run.getByText('completed', { exact: true }).waitFor({ timeout: 60_000 })
  // The canary that failed before is a letter of its own, made after this replay was frozen.
  await letters.button('Replay...').click()
  await eventually(async () => (await openLetters()) === 1)
  await letters.bar.getByText(/frozen at/).waitFor()
  await letters.startReplay('the last one', 1)
  await letters.run.getByText('completed', { exact: true }).waitFor({ timeout: 60_000 })
  await eventually(async () => (await openLetters()) === 0)
  // The edited copy's original is cancelled as replaced.
  await expect
    .poll(async () => (await ledger()).deliveries)
    .toMatchObject({ created: 16, delivered: 15, cancelled: 1, dead: 0, unaccounted: 0 })
  expect((await ledger()).events.unaccounted).toBe(0)
})

test('keeps the replay on a page of its own', async () => {
  await opened.goto('/replays')
  await opened.page.getByText('the last one').click()
  await opened.page.getByRole('region', { name: 'Replay' }).getByText('completed', { exact: true }).waitFor()
  await opened.page.getByRole('table', { name: 'Steps' }).waitFor()
  await expectAccessible(opened.page)
})

test('discards with a reason and the number typed, and takes it back', async () => {
  receiver.answer(400)
  await letThemDie(3)
  await opened.goto('/dead-letters')
  await letters.cause('HTTP 400').click()
  await letters.button('Discard...').click()
  await letters.answerDialog('test orders', 'Discard 3 letters', 3)
  await opened.page.getByText('3 letters discarded.').waitFor()
  await eventually(async () => (await openLetters()) === 0)
  await opened.page.getByRole('button', { name: 'Undo' }).click()
  await opened.page.getByText('3 letters open again.').waitFor()
  await expect.poll(() => openLetters()).toBe(3)
  await opened.page.getByRole('button', { name: /^Discarded/ }).click()
  await opened.page.getByText('undone by').waitFor()
})

test('finds by words of the payload, keeps the search in the URL and under a name', async () => {
  await opened.goto('/dead-letters?q=amount')
  await letters.cause('HTTP 400').click()
  await eventually(async () => (await letters.letters.count()) === 3)
  await opened.page.keyboard.press('/')
  await opened.page.getByLabel('Search dead letters').fill('nothing has this')
  await opened.page.getByText('No letters here').waitFor()
  await letters.button('Save view...').click()
  await opened.page.getByRole('dialog').getByLabel('Name').fill('Odd ones')
  await opened.page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await eventually(async () => (await opened.workspace.api('GET', '/saved-views')).body.items.length === 1)
  const view = opened.page.getByLabel('view', { exact: true })
  await view.selectOption({ label: 'none' })
  await eventually(async () => (await letters.letters.count()) === 3)
  await view.selectOption({ label: 'Odd ones' })
  await opened.page.getByText('No letters here').waitFor()
  await expect.poll(() => new URL(opened.page.url()).searchParams.get('q')).toBe('nothing has this')
  await expect.poll(() => opened.page.getByLabel('Search dead letters').inputValue()).toBe('nothing has this')
  await view.selectOption({ label: 'none' })
  await eventually(async () => (await letters.letters.count()) === 3)
})

test('downloads what it shows, as CSV and as JSON', async () => {
  const download = async (link: string): Promise<{ name: string; text: string }> => {
    const menu = opened.page.locator('details', { has: opened.page.locator('summary', { hasText: 'Export' }) })
    if (!(await menu.evaluate((element) => (element as unknown as { open: boolean }).open))) await menu.locator('summary').click()
    const [file] = await Promise.all([opened.page.waitForEvent('download'), opened.page.getByRole('link', { name: link }).click()])
    const chunks: Buffer[] = []
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer)
    return { name: file.suggestedFilename(), text: Buffer.concat(chunks).toString() }
  }
  const csv = await download('Export CSV')
  expect(csv.text.trimEnd().split('\r\n')).toHaveLength(4)
  expect(csv.name).toMatch(/^dead-letters-.*\.csv$/)
  const json = await download('Export JSON')
  expect(json.name).toMatch(/^dead-letters-.*\.json$/)
  const read: unknown = JSON.parse(json.text)
  const items = Array.isArray(read) ? read : (read as { items: unknown[] }).items
  expect(items).toHaveLength(3)
  expect(items[0]).toMatchObject({ id: expect.stringMatching(/^dl_/), state: 'open' })
})

test('tells a viewer which role it needs, and masks what they may not see', async () => {
  const page = await opened.openAs('viewer')
  await opened.goto('/dead-letters', page)
  const theirs = new DeadLettersPage(page)
  await theirs.cause('HTTP 400').click()
  const discard = theirs.button('Discard...')
  await discard.waitFor()
  await expect.poll(() => discard.getAttribute('aria-disabled')).toBe('true')
  await expect.poll(() => discard.getAttribute('title')).toContain('operator')
  // No form that nobody can send: why not, in its place.
  await theirs.bar.getByText(/Needs the role operator/).waitFor()
  await expect.poll(() => theirs.bar.getByRole('textbox').count()).toBe(0)
  await theirs.letters.first().click()
  await theirs.panel.getByText(/masked/).waitFor()
})

test('is one column on a narrow page: causes, then one cause', async () => {
  const page = await opened.openTab()
  await page.setViewportSize({ width: 390, height: 844 })
  await opened.goto('/dead-letters', page)
  const narrow = new DeadLettersPage(page)
  await narrow.cause('HTTP 400').click()
  await narrow.sentence.waitFor()
  await expect.poll(() => narrow.causes.isVisible()).toBe(false)
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  await narrow.button('All causes').click()
  await narrow.causes.waitFor()
  await page.close()
})
