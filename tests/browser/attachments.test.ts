// Files in the console: uploaded with progress, looked at, attached to a test event, and received by mail byte by byte.
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { fileBytes } from '../support/files.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'
import { giveFile } from './support/give-file.ts'

const opened = useConsole()
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const patience = { timeout: 30_000 }

test('says what to do while there is no file', async () => {
  await opened.goto('/attachments')
  await opened.page.getByText('No files yet.').waitFor(patience)
  await expectAccessible(opened.page)
})

test('uploads a large file in parts, and shows how far it is', async () => {
  const { page } = opened
  const bytes = fileBytes(21 * 1024 * 1024)
  // As slow as a line of 100 MB/s: progress is there to be seen.
  const client = await opened.context.newCDPSession(page)
  await client.send('Network.enable')
  await client.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 40 * 1024 * 1024,
  })
  await page.evaluate(() => {
    const seen = new Set<number>()
    Object.assign(window, { seen })
    new MutationObserver(() => document.querySelectorAll('progress').forEach((bar) => seen.add(bar.value))).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
    })
  })
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'choose them' }).click()])
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-upload-'))
  await writeFile(join(folder, 'large.bin'), bytes)
  await giveFile(chooser, join(folder, 'large.bin'))
  await page.locator('li[data-state=ready]', { hasText: 'large.bin' }).waitFor({ timeout: 240_000 })
  await rm(folder, { recursive: true })
  const values = await page.evaluate(() => [...(window as unknown as { seen: Set<number> }).seen])
  expect(values.filter((value) => value > 0 && value < bytes.length).length).toBeGreaterThan(1)
  await client.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 })
  await client.detach()

  const row = page.getByRole('row', { name: /large\.bin/ })
  await row.click()
  await page.getByRole('complementary', { name: 'large.bin' }).getByText('No event refers to it.').waitFor(patience)
  const { body } = await opened.workspace.api('GET', '/attachments?q=large.bin')
  expect((body as any).items[0]).toMatchObject({ state: 'ready', sha256: sha256(bytes) })
})

test('attaches a picture to a test event, which arrives by mail with the very same bytes', async () => {
  const { page, workspace } = opened
  const template = { subject: 'With a file', html: '<p>There</p>', text: 'There' }
  const steps = [{ id: 'mail', type: 'channel', channel: 'email', template }]
  await workspace.api('PUT', '/workflows/mail', { name: 'Mail', eventType: 'file.sent', steps })
  await workspace.api('POST', '/workflows/mail/publish', {})
  const bytes = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  await opened.goto('/send-test?type=file.sent')
  await page.getByLabel('Recipients, one a line').fill('ada ada@example.com')
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'choose them' }).click()])
  await chooser.setFiles({ name: 'dot.png', mimeType: 'image/png', buffer: bytes })
  await page.locator('li[data-state=ready]', { hasText: 'dot.png' }).waitFor(patience)
  await page.getByRole('button', { name: 'Send the event' }).click()
  const mail: any = await eventually(async () => ((await workspace.api('GET', '/mailbox?to=ada@example.com')).body as any).items[0], {
    timeoutMs: 60_000,
  })
  expect(mail.attachments).toEqual([{ filename: 'dot.png', contentType: 'image/png', size: bytes.length, sha256: sha256(bytes) }])

  await opened.goto('/attachments')
  await page.getByRole('row', { name: /dot\.png/ }).click()
  const panel = page.getByRole('complementary', { name: 'dot.png' })
  await panel.getByAltText('Small picture of dot.png').waitFor({ timeout: 60_000 })
  await panel.getByRole('link', { name: /^evt_/ }).waitFor(patience)
  await expectAccessible(page)
})

test('says why a file is rejected, and deletes one for a reason', async () => {
  const { page } = opened
  await opened.goto('/attachments')
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'choose them' }).click()])
  await chooser.setFiles({ name: 'fake.png', mimeType: 'image/png', buffer: Buffer.from('this is no picture') })
  await page.getByRole('alert').filter({ hasText: 'the bytes are of no such file' }).waitFor(patience)
  await page.getByRole('row', { name: /fake\.png/ }).click()
  await page.getByRole('button', { name: 'Delete...' }).click()
  await page.getByLabel(/reason/i).fill('not a picture')
  await page.getByRole('button', { name: 'Delete the file' }).click()
  await page.getByRole('row', { name: /fake\.png/ }).waitFor({ state: 'detached', ...patience })
  const { body } = await opened.workspace.api('GET', '/audit?action=attachment.delete')
  expect((body as any).items[0]).toMatchObject({ reason: 'not a picture' })
})

test('shows a viewer that a file is there, and neither its name nor what is in it', async () => {
  const page = await opened.openAs('viewer')
  await opened.goto('/attachments', page)
  await page.getByText('The names of files and what is in them are masked').waitFor(patience)
  const { body } = await opened.workspace.api('GET', '/attachments?q=large.bin')
  const { id } = (body as any).items[0]
  await page.getByRole('row', { name: id }).click()
  const panel = page.getByRole('complementary', { name: id })
  const open = panel.getByRole('button', { name: 'Open or download' })
  await open.waitFor(patience)
  expect(await open.getAttribute('aria-disabled')).toBe('true')
  expect(await open.getAttribute('title')).toContain('operator')
  expect(await page.locator('body').textContent()).not.toContain('large.bin')
  await expectAccessible(page)
  await page.close()
})
