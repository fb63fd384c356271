// The mailbox: caught mail in three faces; its HTML is a stranger's.
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()
const hostile =
  '<p style="color: rgb(194, 46, 34)">Hello {{ data.name }}</p><img src="https://tracker.example/a.gif"><script>document.title = "taken"</script>'
const mail = {
  id: 'mail',
  type: 'channel',
  channel: 'email',
  template: { subject: 'For {{ data.name }}', html: hostile, text: 'Plain {{ data.name }}' },
}

test('says what to do while it is empty', async () => {
  await opened.goto('/mailbox')
  await opened.page.getByText('No mail yet.').waitFor()
  await expectAccessible(opened.page)
})

test('shows a mail that came while it was looked at: HTML without scripts, text, headers', async () => {
  const { page, workspace } = opened
  await workspace.api('PUT', '/workflows/mail', { name: 'Mail', eventType: 'user.greeted', steps: [mail] })
  await workspace.api('POST', '/workflows/mail/publish', {})
  await workspace.api('POST', '/events', {
    type: 'user.greeted',
    recipients: [{ id: 'u1', email: 'u1@example.com' }],
    data: { name: '<b>Ada</b>' },
  })
  await page.getByRole('row', { name: /For <b>Ada<\/b>/ }).waitFor()
  // The frame may do nothing, whatever is left in the mail.
  await expect.poll(() => page.locator('iframe').getAttribute('sandbox')).toBe('')
  const frame = page.frameLocator('iframe')
  await frame.getByText('Hello <b>Ada</b>').waitFor()
  await expect.poll(() => frame.locator('p').evaluate((p) => getComputedStyle(p).color)).toBe('rgb(194, 46, 34)')
  await expect.poll(() => frame.locator('script, img[src^=http]').count()).toBe(0)
  await page.getByRole('tab', { name: 'Text' }).click()
  await page.getByText('Plain <b>Ada</b>').waitFor()
  await expect.poll(() => page.url()).toContain('tab=text')
  await page.getByRole('tab', { name: 'Headers' }).click()
  await page.getByRole('rowheader', { name: 'message-id' }).waitFor()
  await eventually(async () => (await page.title()) === 'Mailbox · Signalbox')
  await expectAccessible(page)
})

test('tells a viewer that mails are masked, and who reads them', async () => {
  const page = await opened.openAs('viewer')
  await opened.goto('/mailbox', page)
  await page.getByRole('article').getByText('reading it needs the role operator').waitFor({ timeout: 30_000 })
  await expect.poll(() => page.locator('iframe').count()).toBe(0)
  expect(await page.locator('main').textContent()).not.toMatch(/Ada|u1@example\.com/)
  const subject = page.getByLabel('Subject')
  await expect.poll(() => subject.isDisabled()).toBe(true)
  await expect.poll(() => subject.getAttribute('title')).toContain('operator')
  await expectAccessible(page)
  await opened.goto('/notifications', page)
  const address = page.getByRole('search').getByLabel('Address')
  await expect.poll(() => address.isDisabled()).toBe(true)
  await expect.poll(() => page.getByRole('search').getByLabel('Recipient').isDisabled()).toBe(false)
  await page.getByRole('row', { name: /u1/ }).waitFor({ timeout: 30_000 })
  expect(await page.locator('main').textContent()).not.toMatch(/Ada|u1@example\.com/)
  await expectAccessible(page)
})
