// The ask box: to a page, to any id, to a lever, and why somebody did not get something.
import { beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { AskBox } from './pages/ask-box.ts'
import { Frame } from './pages/frame.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole({ workspace: 'first' })
let eventId: string

beforeAll(async () => {
  const { api } = opened.workspace
  await api('PUT', '/recipients/asked', { email: 'asked@example.com' })
  await api('PUT', '/recipients/asked/preferences', { channels: { email: false } })
  const sent = await api('POST', '/events', {
    type: 'pull_request.opened',
    recipients: ['asked'],
    data: { title: 'T', url: 'https://example.com' },
  })
  eventId = sent.body.id
  await eventually(async () => (await api('GET', `/events/${eventId}`)).body.state === 'completed')
})

async function openBox(): Promise<AskBox> {
  await opened.goto('/queues')
  await new Frame(opened.page).title.waitFor()
  const box = new AskBox(opened.page)
  await box.open()
  return box
}

test('goes to a page by a few letters and Enter', async () => {
  const box = await openBox()
  await box.ask('mailb')
  await box.option('Mailbox').waitFor()
  await opened.page.keyboard.press('Enter')
  await opened.page.waitForURL('**/mailbox**')
})

test('finds an id that was pasted, and opens it', async () => {
  const box = await openBox()
  await box.ask(eventId)
  await box.option(/pull_request.opened/).click()
  await opened.page.waitForURL(`**/events/${eventId}**`)
})

test('answers why somebody did not get something, with the rows that prove it', async () => {
  const box = await openBox()
  await box.ask(`why did asked not get ${eventId}`)
  await box.option(/Why did asked/).waitFor()
  await opened.page.keyboard.press('Enter')
  const sentence = box.box.locator('.sentence')
  await sentence.waitFor()
  await expect.poll(() => sentence.textContent()).toMatch(/asked/)
  await expect.poll(() => box.box.getByRole('listitem').count()).toBeGreaterThan(1)
  await expectAccessible(opened.page, 'dialog')
})

test('pulls a lever on the page of its queue, which asks first', async () => {
  const box = await openBox()
  await box.ask('pause email')
  await box.option('Pause delivery-email...').click()
  await opened.page.waitForURL('**/queues/delivery-email**')
  await opened.page
    .getByRole('dialog')
    .getByLabel(/Reason/)
    .waitFor()
  await opened.page.keyboard.press('Escape')
})

test('says when nothing is called that', async () => {
  const box = await openBox()
  await box.ask('nothing-is-called-like-this')
  await box.box.getByText('Nothing is called that here.').waitFor()
  await opened.page.keyboard.press('Escape')
  await box.box.waitFor({ state: 'detached' })
})
