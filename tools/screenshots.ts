// npm run screenshots: starts the built product with sample traffic in a folder of its own, and takes a picture of every page into
// docs/screenshots/, in dark and light at 1440, and at 390. The pictures are looked at by a person before they are committed.
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium, type Browser } from 'playwright-core'
import { chromiumArguments, ensureChromium } from './chromium.ts'
import { createApi, type Api } from './load/api.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs/screenshots')
const password = randomBytes(18).toString('base64url')
const apiKey = `sb_${randomBytes(24).toString('base64url')}`
/** So long the traffic plays before the first picture: charts have a line, letters have causes. */
const playMs = Number(process.argv[2] ?? 90) * 1_000

/** `npm run screenshots -- 60 workers,replay` takes those pages alone. */
const only = process.argv[3]?.split(',')

interface Shot {
  name: string
  path: string
  /** Seen while it is there. */
  until: string
}

async function start(dataFolder: string): Promise<{ url: string; child: ChildProcess; ended: Promise<unknown> }> {
  const child = spawn(process.execPath, ['tools/bootstrap.mjs', 'start', '--demo', '--rate', '4'], {
    cwd: root,
    env: {
      ...process.env,
      PORT: '0',
      SIGNALBOX_DATA: dataFolder,
      SIGNALBOX_API_KEY: apiKey,
      SIGNALBOX_ADMIN_PASSWORD: password,
      SIGNALBOX_RETRY_SCHEDULE: '1,2',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const found = /^Signalbox is ready at (\S+)$/m.exec(output)?.[1]
      if (found) resolve(found)
    })
    void ended.then(() => reject(new Error(`The product ended before it was ready:\n${output}`)))
  })
  return { url, child, ended }
}

/** What sample traffic alone does not show: a customer whose host is gone, a replay, an operator who acted. */
async function makeTrouble(api: Api): Promise<void> {
  await api.call('POST', '/endpoints', {
    url: 'https://hooks.ci.example/github/main',
    eventTypes: ['pull_request.*', 'issues.*', 'push'],
    description: 'CI of octo-labs',
  })
  await addFile(
    api,
    'invoice-2041.pdf',
    'application/pdf',
    Buffer.from('%PDF-1.4\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n'),
  )
  await addFile(api, 'map.png', 'image/png', await readFile(join(folder, 'map-dark.png')))
}

/** Announced, uploaded and completed, as a client does it. */
async function addFile(api: Api, filename: string, contentType: string, bytes: Buffer): Promise<void> {
  const { id, upload } = (await api.call('POST', '/attachments', { filename, contentType, size: bytes.length })) as any
  await fetch(upload.url, { method: upload.method, headers: upload.headers, body: new Uint8Array(bytes) })
  await api.call('POST', `/attachments/${id}/complete`, {})
}

async function findPlaces(api: Api): Promise<Shot[]> {
  const first = async (path: string): Promise<any> => ((await api.call('GET', path)) as any).items?.[0]
  const [event, recipient, endpoint, workflow, cause, letter] = await Promise.all(
    ['/events', '/recipients', '/endpoints', '/workflows', '/dead-letters/causes', '/dead-letters'].map((path) => first(`${path}?limit=1`)),
  )
  let replay: { id: string } | undefined
  if (letter) {
    replay = await api.call('POST', '/replays', { filter: { ids: [letter.id] }, reason: 'the receiver is back', confirmCount: 1 })
  }
  const shots: (Shot | undefined)[] = [
    { name: 'overview', path: '/', until: '.ledger' },
    { name: 'map', path: '/map', until: '.vue-flow, table' },
    { name: 'queues', path: '/queues', until: 'table' },
    { name: 'queue', path: '/queues/delivery-webhook', until: 'main section' },
    { name: 'workers', path: '/workers', until: 'main table, main section' },
    { name: 'dead-letters', path: `/dead-letters${cause ? `?cause=${cause.id}` : ''}`, until: 'main table' },
    { name: 'replays', path: '/replays', until: 'main' },
    replay && { name: 'replay', path: `/replays/${replay.id}`, until: 'main section' },
    { name: 'events', path: '/events', until: 'main table' },
    event && { name: 'event', path: `/events/${event.id}`, until: 'main section' },
    { name: 'notifications', path: '/notifications', until: 'main table' },
    { name: 'recipients', path: '/recipients', until: 'main table' },
    recipient && { name: 'recipient', path: `/recipients/${encodeURIComponent(recipient.id)}`, until: 'main section' },
    { name: 'endpoints', path: '/endpoints', until: 'main table' },
    endpoint && { name: 'endpoint', path: `/endpoints/${endpoint.id}`, until: 'main h2, main table' },
    { name: 'attachments', path: '/attachments', until: 'main table' },
    { name: 'search', path: '/notifications?q=weak+dependency', until: 'main table' },
    { name: 'letters-search', path: '/dead-letters?mode=words&q=could+not+be+resolved', until: 'main' },
    { name: 'field-guide', path: '/field-guide', until: 'main' },
    { name: 'workflow-json', path: workflow ? `/workflows/${workflow.key}?as=json` : '/workflows', until: 'main pre' },
    { name: 'mailbox', path: '/mailbox', until: 'main table' },
    { name: 'workflows', path: '/workflows', until: 'main table' },
    workflow && { name: 'workflow', path: `/workflows/${workflow.key}`, until: 'main section' },
    { name: 'send-test', path: '/send-test', until: 'main form, main section' },
    { name: 'audit', path: '/audit', until: 'main table' },
    { name: 'api-keys', path: '/api-keys', until: 'main table' },
    { name: 'operators', path: '/operators', until: 'main table' },
    { name: 'settings', path: '/settings', until: 'main section, main table' },
  ]
  return shots.filter((shot) => shot !== undefined).filter((shot) => !only || only.includes(shot.name))
}

async function takeAll(browser: Browser, url: string, shots: readonly Shot[]): Promise<void> {
  const looks = [
    { suffix: 'dark', width: 1_440, height: 900, colorScheme: 'dark' },
    { suffix: 'light', width: 1_440, height: 900, colorScheme: 'light' },
    { suffix: '390', width: 390, height: 844, colorScheme: 'dark' },
  ] as const
  for (const { suffix, width, height, colorScheme } of looks) {
    const context = await browser.newContext({ baseURL: url, viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.screenshot({ path: join(folder, `sign-in-${suffix}.png`) })
    const signed = await context.request.post('/api/v1/session', {
      data: { email: 'admin@localhost', password },
      headers: { origin: new URL(url).origin },
    })
    if (!signed.ok()) throw new Error(`Signing in answered ${signed.status()}.`)
    for (const shot of shots) {
      await page.goto(shot.path)
      await page
        .locator(shot.until)
        .first()
        .waitFor({ timeout: 15_000 })
        .catch(() => console.error(`${shot.name}: ${shot.until} did not come`))
      // Two snapshots of the live stream, so that every figure has come.
      await sleep(2_200)
      await page.screenshot({ path: join(folder, `${shot.name}-${suffix}.png`) })
      console.log(`${shot.name}-${suffix}.png`)
    }
    await context.close()
  }
}

mkdirSync(folder, { recursive: true })
const dataFolder = await mkdtemp(join(tmpdir(), 'signalbox-screenshots-'))
const executablePath = await ensureChromium()
const product = await start(dataFolder)
const browser = await chromium.launch({ executablePath, args: chromiumArguments })
try {
  const api = createApi(product.url, apiKey)
  await makeTrouble(api)
  console.log(`Playing traffic for ${playMs / 1_000} s ...`)
  await sleep(playMs)
  await takeAll(browser, product.url, await findPlaces(api))
} finally {
  await browser.close()
  product.child.kill('SIGINT')
  await product.ended
  await rm(dataFolder, { recursive: true, force: true })
}
