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
