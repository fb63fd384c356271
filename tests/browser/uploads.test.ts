// The uploader when things go wrong: cancelled, cut off, reloaded, refused. The line to the product is cut at the socket.
import { createHash } from 'node:crypto'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileChooser, Locator } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { fileBytes } from '../support/files.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'
import { giveFile } from './support/give-file.ts'

const opened = useConsole({ cuttable: true })
const megabyte = 1024 * 1024
/** Five parts of 5 MiB but the last (the product of these tests has the smallest parts that there are). */
const bytes = fileBytes(21 * megabyte)
const sha256 = (of: Buffer): string => createHash('sha256').update(of).digest('hex')
const patience = { timeout: 120_000 }
let folder: string
vi.setConfig({ testTimeout: 600_000 })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-upload-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  opened.line.mend()
  await opened.goto('/attachments')
  // It is there before the page knows who looks at it, and takes no key until then.
  const button = opened.page.getByRole('button', { name: 'choose them' })
  await expect.poll(() => button.getAttribute('aria-disabled'), patience).toBe('false')
})

async function fileNamed(name: string, content: Buffer = bytes): Promise<string> {
  await writeFile(join(folder, name), content)
  // Browsers know no parts of a millisecond.
  await utimes(join(folder, name), 1_767_323_045, 1_767_323_045)
  return join(folder, name)
}
const row = (name: string): Locator => opened.page.locator('.uploader li[data-state]', { hasText: name })
const inState = (name: string, state: string): Promise<void> =>
  opened.page.locator(`.uploader li[data-state=${state}]`, { hasText: name }).waitFor(patience)
async function chooserOf(press: () => Promise<void>): Promise<FileChooser> {
  // On a busy machine an Enter was seen to open nothing: it is pressed again, as somebody would.
  return eventually(
    async () => {
      const [chooser] = await Promise.all([opened.page.waitForEvent('filechooser', { timeout: 15_000 }), press()])
      return chooser
    },
    { timeoutMs: 120_000 },
  )
}
const choose = async (path: string): Promise<void> =>
  giveFile(await chooserOf(() => opened.page.getByRole('button', { name: 'choose them' }).click()), path)
async function filesNamed(name: string): Promise<any[]> {
  return ((await opened.workspace.api('GET', `/attachments?q=${name}`)).body as any).items
}
const unfinished = (name: string): Locator =>
  opened.page.getByRole('region', { name: 'Uploads that broke off' }).getByText(name, { exact: true })

/** Sends the file until the line breaks after so many bytes, and leaves the page. */
async function breakOff(name: string, after: number): Promise<void> {
  opened.line.cutAfter(after)
  await choose(await fileNamed(name))
  await inState(name, 'failed')
  opened.line.mend()
  await opened.page.reload()
  await unfinished(name).waitFor(patience)
}

test('is cancelled by keyboard while it is sent, and sent after all', async () => {
  const { page, line } = opened
  const path = await fileNamed('cancelled.bin')
  await page.getByRole('button', { name: 'choose them' }).focus()
  line.holdAfter(7 * megabyte)
  await giveFile(await chooserOf(() => page.keyboard.press('Enter')), path)
  await eventually(() => line.isBroken(), { timeoutMs: 60_000 })
  await page.getByRole('button', { name: 'Cancel the upload of cancelled.bin' }).focus()
  await page.keyboard.press('Enter')
  await inState('cancelled.bin', 'cancelled')
  line.mend()
  await row('cancelled.bin').getByRole('button', { name: 'Try again' }).focus()
  await page.keyboard.press('Enter')
  await inState('cancelled.bin', 'ready')
  expect(await filesNamed('cancelled.bin')).toMatchObject([{ state: 'ready', sha256: sha256(bytes) }])
})

test('goes on after the connection broke, without the parts that have arrived', async () => {
  const { page, line } = opened
  // In the middle of the third part, whatever else goes over the line.
  line.cutAfter(12.5 * megabyte)
  await choose(await fileNamed('broken.bin'))
  await row('broken.bin').getByText('The connection broke off').waitFor(patience)
  await expectAccessible(page)
  line.mend()
  const before = line.sent()
  await row('broken.bin').getByRole('button', { name: 'Try again' }).click()
  await inState('broken.bin', 'ready')
  expect(await filesNamed('broken.bin')).toMatchObject([{ state: 'ready', sha256: sha256(bytes) }])
  expect((line.sent() - before) / megabyte).toBeLessThan(17)
})

test('goes on after the page was reloaded, with the same file only', async () => {
  const { page, line } = opened
  await breakOff('reloaded.bin', 12.5 * megabyte)
  await expectAccessible(page)
  const button = page.getByRole('button', { name: 'Continue the upload of reloaded.bin' })
  await giveFile(await chooserOf(() => button.click()), await fileNamed('another.bin', Buffer.from('another')))
  await page.getByRole('alert').getByText('another.bin is another file').waitFor(patience)
  const before = line.sent()
  await giveFile(await chooserOf(() => button.press('Enter')), join(folder, 'reloaded.bin'))
  await inState('reloaded.bin', 'ready')
  expect(await filesNamed('reloaded.bin')).toMatchObject([{ state: 'ready', sha256: sha256(bytes) }])
  expect((line.sent() - before) / megabyte).toBeLessThan(17)
})

test('goes on when the very same file is chosen anew, and is announced once only', async () => {
  await breakOff('again.bin', 12.5 * megabyte)
  await choose(join(folder, 'again.bin'))
  await unfinished('again.bin').waitFor({ state: 'detached', ...patience })
  await inState('again.bin', 'ready')
  expect(await filesNamed('again.bin')).toHaveLength(1)
})

test('sends again what is other than what has arrived, when the file was changed', async () => {
  await breakOff('changed.bin', 12.5 * megabyte)
  const changed = Buffer.from(bytes)
  changed[5] = changed[5]! ^ 255
  await writeFile(join(folder, 'changed.bin'), changed)
  const button = opened.page.getByRole('button', { name: 'Continue the upload of changed.bin' })
  await giveFile(await chooserOf(() => button.click()), join(folder, 'changed.bin'))
  await inState('changed.bin', 'ready')
  expect(await filesNamed('changed.bin')).toMatchObject([{ state: 'ready', sha256: sha256(changed) }])
})

test('has the answer to its completion that was lost on the way, and makes no second file', async () => {
  const { page } = opened
  await page.route(
    '**/complete',
    async (route) => {
      await route.fetch({ timeout: 0 })
      await route.abort()
    },
    { times: 1 },
  )
  await choose(await fileNamed('unanswered.bin'))
  await inState('unanswered.bin', 'failed')
  await row('unanswered.bin').getByRole('button', { name: 'Try again' }).click()
  await inState('unanswered.bin', 'ready')
  expect(await filesNamed('unanswered.bin')).toMatchObject([{ state: 'ready', sha256: sha256(bytes) }])
})

test('does not send the part again whose answer was lost on the way', async () => {
  const { line } = opened
  // The second part has arrived, and nobody was told so.
  line.loseAnswerAfter(9 * megabyte)
  await choose(await fileNamed('unheard.bin'))
  await row('unheard.bin').getByText('The connection broke off').waitFor(patience)
  line.mend()
  const before = line.sent()
  await row('unheard.bin').getByRole('button', { name: 'Try again' }).click()
  await inState('unheard.bin', 'ready')
  expect(await filesNamed('unheard.bin')).toMatchObject([{ state: 'ready', sha256: sha256(bytes) }])
  // What is left of 21 MB without two parts of five; with the second part it would be 16.
  expect((line.sent() - before) / megabyte).toBeLessThan(14)
})

test('is given up after a question, and takes no room then', async () => {
  await breakOff('left.bin', 7 * megabyte)
  await opened.page.getByRole('button', { name: 'Give up the upload of left.bin' }).click()
  await opened.page.getByRole('button', { name: 'Give the upload up' }).click()
  await unfinished('left.bin').waitFor({ state: 'detached', ...patience })
  await eventually(async () => (await filesNamed('left.bin')).length === 0, { timeoutMs: 60_000 })
})

test('takes several files that are dropped, and says of each what became of it', async () => {
  const { page } = opened
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer()
    transfer.items.add(new File(['hello'], 'dropped.txt', { type: 'text/plain' }))
    transfer.items.add(new File([], 'empty.txt', { type: 'text/plain' }))
    transfer.items.add(new File(['this is no picture'], 'dropped.png', { type: 'image/png' }))
    transfer.items.add(new File(['{}'], 'last.json', { type: 'application/json' }))
    return transfer
  })
  const zone = page.locator('.uploader .drop').first()
  await zone.dispatchEvent('dragover', { dataTransfer: dropped })
  await expect.poll(() => zone.getAttribute('class'), { timeout: 30_000 }).toContain('over')
  await zone.dispatchEvent('drop', { dataTransfer: dropped })
  await inState('dropped.txt', 'ready')
  await row('empty.txt').getByRole('alert').getByText('The file is empty').waitFor(patience)
  await row('dropped.png').getByRole('alert').getByText('the bytes are of no such file').waitFor(patience)
  await inState('last.json', 'ready')
  expect(await filesNamed('empty.txt')).toEqual([])
  await expect.poll(() => zone.getAttribute('class')).not.toContain('over')
})

test('is refused to a viewer, who is told why', async () => {
  const page = await opened.openAs('viewer')
  await opened.goto('/attachments', page)
  const button = page.getByRole('button', { name: 'choose them' })
  await button.waitFor(patience)
  await expect.poll(() => button.getAttribute('aria-disabled')).toBe('true')
  await expect.poll(() => page.locator('.uploader').first().textContent()).toContain('operator')
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer()
    transfer.items.add(new File(['hello'], 'theirs.txt', { type: 'text/plain' }))
    return transfer
  })
  await page.locator('.uploader .drop').first().dispatchEvent('drop', { dataTransfer: dropped })
  expect(await page.locator('.uploader li[data-state]').count()).toBe(0)
  await page.close()
})
