// The whole product on all its servers (`npm start -- --full`): a file goes through MinIO into a mail, whole, and what was sent is found in
// Weaviate, by its words and by what it means.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumArguments, ensureChromium } from '../../tools/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { addFile, fileBytes, sha256 } from '../support/files.ts'
import { startProduct, type Product } from '../support/product.ts'

let product: Product
const password = 'a password of the tests on all servers'

beforeAll(async () => {
  product = await startProduct({ flags: ['--full'], env: { SIGNALBOX_ADMIN_PASSWORD: password } })
})
afterAll(() => product?.stop())

const patience = { timeoutMs: 60_000, intervalMs: 200 }

/** Larger than any buffer on its way; random, so that nothing can make it up. */
const bytes = fileBytes(3 * 1024 * 1024)

const title = 'The customer was charged twice for one invoice'
const paraphrase = 'a client had to pay the same bill two times'

describe('the product on MinIO, Weaviate and the embedder', () => {
  let eventId: string

  it('keeps the bytes of an upload in MinIO, not on its own disk', async () => {
    const file = await addFile(product.api, bytes, {
      filename: 'report.bin',
      contentType: 'application/octet-stream',
      sha256: sha256(bytes),
    })
    expect(file).toMatchObject({ state: 'ready', sha256: sha256(bytes), size: bytes.length })
    const content = await product.api('GET', `/attachments/${file.id}/content`)
    expect(content.status).toBe(302)
    const minio = (await product.processes()).find((entry) => entry.name === 'minio')!
    const url = new URL(content.headers.get('location')!)
    expect(url.port).toBe(String(minio.port))
    // The console's pages may send files there, and MinIO lets them.
    const page = await fetch(product.url)
    expect(page.headers.get('content-security-policy')).toContain(`connect-src 'self' ${url.origin};`)
    const headers = { origin: product.url, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type' }
    const asked = await fetch(url, { method: 'OPTIONS', headers })
    expect(['*', product.url]).toContain(asked.headers.get('access-control-allow-origin'))
    expect(sha256(Buffer.from(await (await fetch(url)).arrayBuffer()))).toBe(sha256(bytes))

    const accepted = await product.api('POST', '/events', {
      type: 'pull_request.opened',
      recipients: [{ id: 'mona', email: 'mona@example.com' }],
      data: { title, url: 'https://example.com/pull/7' },
      attachments: [file.id],
    })
    expect(accepted.status).toBe(202)
    eventId = accepted.body.id
  })

  it('delivers the mail with the file intact', async () => {
    const mail = await eventually(async () => {
      const { body } = await product.api('GET', '/mailbox?recipient=mona')
      return body.items[0]
    }, patience)
    expect(mail.attachments).toMatchObject([{ filename: 'report.bin', size: bytes.length, sha256: sha256(bytes) }])
    await eventually(async () => (await product.api('GET', `/events/${eventId}`)).body.state === 'completed', patience)
  })

  it('finds it by its words, and by a sentence that shares none of them', async () => {
    // Others that the words or the meaning could be mistaken for.
    const others = [
      'Bump the linter to version 9',
      'Translate the settings page into Danish',
      'Dark mode for the calendar',
      'Fix a typo in the README',
    ]
    for (const other of others) {
      const { status } = await product.api('POST', '/events', { type: 'pull_request.opened', recipients: ['mona'], data: { title: other } })
      expect(status).toBe(202)
    }
    const search = async (mode: string, q: string) => {
      const { status, body } = await product.api('GET', `/notifications/search?mode=${mode}&q=${encodeURIComponent(q)}`)
      expect(status, JSON.stringify(body)).toBe(200)
      expect(body.mode).toBe(mode)
      return body.items as { eventId: string; snippet: { text: string } }[]
    }
    await eventually(async () => expect((await search('words', 'charged twice'))[0]).toMatchObject({ eventId }), patience)
    expect((await search('words', paraphrase)).map((item) => item.eventId)).not.toContain(eventId)
    await eventually(async () => expect((await search('meaning', paraphrase))[0]).toMatchObject({ eventId }), patience)
    await eventually(async () => expect((await search('hybrid', paraphrase))[0]).toMatchObject({ eventId }), patience)
  })

  it('shows a person in the browser what words miss, when they ask for what is meant', async () => {
    const browser = await chromium.launch({ executablePath: await ensureChromium(), args: chromiumArguments })
    try {
      const page = await browser.newPage({ baseURL: product.url })
      page.setDefaultTimeout(60_000)
      await page.goto('/sign-in')
      await page.getByLabel('Email').fill('admin@localhost')
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page
        .getByRole('navigation', { name: 'Pages' })
        .getByRole('link', { name: /^Notifications/ })
        .click()
      const field = page.getByRole('search').getByLabel('search', { exact: true })
      await field.fill(paraphrase)
      await field.press('Enter')
      await page.locator('tbody tr').first().getByText(title).first().waitFor()
      await page.goto(`/notifications?mode=words&q=${encodeURIComponent(paraphrase)}`)
      await page.getByText('Nothing found.').waitFor()
      expect(await page.locator('tbody tr').getByText(title).count()).toBe(0)
      await page.goto(`/notifications?mode=meaning&q=${encodeURIComponent(paraphrase)}`)
      await page.locator('tbody tr').first().getByText(title).first().waitFor()
    } finally {
      await browser.close()
    }
  })

  it('lets commands beside it find its servers by the data folder alone', async () => {
    const child = spawn(process.execPath, ['tools/search.ts', 'check'], {
      cwd: join(import.meta.dirname, '../..'),
      env: { PATH: process.env.PATH, SIGNALBOX_DATA: product.dataFolder },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const [code] = await once(child, 'close')
    expect(code, output).toBe(0)
    expect(output).toMatch(/documents in weaviate, 0 differences/)
  })
})
