// Queues in the console, over the running product: its levers move real work, its lists and answers are those of the rows.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parsePublicId } from '#shared/ids.ts'
import { eventually } from '../support/eventually.ts'
import { QueuePage } from './pages/queue.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()
let url = ''
let lane = ''
let arrived = 0
let answer = 200
const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    arrived++
    response.writeHead(answer).end()
  })
})
let queue: QueuePage

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  lane = (await opened.workspace.api('POST', '/endpoints', { url, eventTypes: ['*'] })).body.id
  queue = new QueuePage(opened.page)
})
afterAll(async () => {
  // The queues are the whole product's: nothing may stay as this file has left it.
  await opened.pool.query('DELETE FROM queue_setting')
  await opened.pool.query('DELETE FROM lane_limit')
  await opened.pool.query("SELECT pg_notify('outbox', '')")
  await new Promise((resolve) => server.close(resolve))
})

/** Resolves when all of them stand in the queue: a list that is opened sooner shows those that did. */
async function send(count: number, title: string): Promise<void> {
  const events = Array.from({ length: count }, (_, i) => ({ type: 'push', recipients: [], data: { title: `${title} ${i}` } }))
  const { body } = await opened.workspace.api('POST', '/events/batch', { events })
  const ids = (body.items as { id: string }[]).map(({ id }) => parsePublicId('event', id))
  await eventually(
    async () => (await opened.pool.query('SELECT 1 FROM delivery WHERE event_id = ANY($1::uuid[])', [ids])).rowCount === count,
  )
}

test('pausing with a reason keeps everything, and its age grows before our eyes', async () => {
  await opened.goto('/queues')
  await opened.page.getByRole('link', { name: 'delivery-webhook' }).click()
  await queue.button(/^Pause\.\.\./).click()
  await queue.confirm({ reason: 'the partner moves house' })
  await eventually(async () => expect(await queue.pills.allTextContents()).toContain('paused'))
  await send(12, 'Needle')
  await send(5, 'Hay')
  await eventually(async () => expect(await queue.waiting.textContent()).toContain('17'))
  const seconds = async () => Number.parseFloat((await queue.oldest.textContent()) ?? '0')
  const before = await seconds()
  await eventually(async () => (await seconds()) > before + 1)
  await expect.poll(() => queue.flow.textContent()).toContain('the partner moves house')
  expect(arrived).toBe(0)
})

test('W says why a job is not running, from the row under the keys; the panel is in the URL', async () => {
  await opened.page.reload()
  await eventually(async () => (await queue.rows.count()) === 17)
  await opened.page.keyboard.press('j')
  await opened.page.keyboard.press('w')
  await eventually(async () => expect(await queue.why.textContent()).toMatch(/^The queue is paused by .*: the partner moves house\./))
  await expect.poll(() => new URL(opened.page.url()).searchParams.get('job')).toMatch(/^dlv_/)
  await expect.poll(() => opened.page.locator('[data-check]').count()).toBe(6)
  await opened.page.locator('[data-help=resume]').waitFor()
  await expectAccessible(opened.page)
  await opened.page.getByRole('link', { name: 'Open the job' }).click()
  await opened.page.waitForURL('**/jobs/dlv_**')
  await opened.page.locator('pre').waitFor()
  await expect.poll(() => opened.page.locator('pre').textContent()).toMatch(/"title": "(Needle|Hay) \d+"/)
  await opened.page.goBack()
  await opened.page.goBack()
})

test('removing what a filter shows counts exactly, wants that number, and touches nothing else', async () => {
  await opened.goto('/queues/delivery-webhook')
  await opened.page.keyboard.press('/')
  await queue.search.fill('Needle')
  await eventually(async () => (await queue.rows.count()) === 12)
  await expect.poll(() => new URL(opened.page.url()).searchParams.get('q')).toBe('Needle')
  await queue.button('Remove all...').click()
  await opened.page.locator('dialog[open]').getByText('12 jobs match').waitFor()
  await queue.confirm({ reason: 'sent by mistake', count: 12 })
  await eventually(async () => expect(await queue.operation.textContent()).toContain('Removed 12'))
  await eventually(async () => expect(await queue.waiting.textContent()).toContain('5'))
  const { rows } = await opened.pool.query("SELECT count(*)::int AS count FROM delivery WHERE workspace_id = $1 AND state = 'cancelled'", [
    opened.workspace.id,
  ])
  expect(rows[0].count).toBe(12)
})

test('rows are marked with x, with shift and a click, and all together; only they are removed', async () => {
  await send(4, 'Marked')
  await opened.goto('/queues/delivery-webhook?q=Marked')
  await eventually(async () => (await queue.rows.count()) === 4)
  // Nothing goes out of a paused queue first either.
  const promote = queue.button('Promote all...')
  await expect.poll(() => promote.getAttribute('title')).toContain('paused')
  await opened.page.keyboard.press('j')
  await opened.page.keyboard.press('x')
  await queue.button('Remove 1...').waitFor()
  await queue.box(2).click({ modifiers: ['Shift'] })
  await queue.button('Remove 3...').waitFor()
  expect(await queue.box(3).isChecked()).toBe(false)
  await expectAccessible(opened.page)
  await queue.button('Remove 3...').click()
  await opened.page.locator('dialog[open]').getByText('3 jobs match').waitFor()
  await queue.confirm({ reason: 'these three', count: 3 })
  await eventually(async () => expect(await queue.operation.textContent()).toContain('Removed 3'))
  await eventually(async () => (await queue.rows.count()) === 1)
  await opened.page.getByRole('checkbox', { name: 'Select all that are shown' }).click()
  await queue.button('Remove 1...').click()
  await queue.confirm({ reason: 'and the last one', count: 1 })
  await opened.page.getByText('Nothing here matches.').waitFor()
})

test('concurrency is changed while it runs, with before and after said', async () => {
  await opened.goto('/queues/delivery-webhook')
  await queue.concurrency.waitFor()
  const from = Number((await queue.concurrency.textContent())!.replace(',', ''))
  await queue.button('Fewer at the same time').click()
  const to = await eventually(async () => {
    const shown = Number((await queue.concurrency.textContent())!.replace(',', ''))
    return shown < from && shown
  })
  await queue.button(/^Set /).click()
  await opened.page.locator('dialog[open]').getByText('Taken over within two seconds').waitFor()
  await queue.confirm({ reason: 'fewer calls at once' })
  await eventually(async () => {
    const { rows } = await opened.pool.query(
      "SELECT concurrency ->> 'delivery-webhook' AS now FROM process WHERE ended_at IS NULL AND concurrency ? 'delivery-webhook'",
    )
    return rows.map(({ now }) => Number(now)).reduce((sum, now) => sum + now, 0) === to
  })
  await opened.page.getByText('fewer calls at once').waitFor()
})

test('a rate is set and taken back, with what it will do said before', async () => {
  await opened.goto('/queues/delivery-webhook')
  await queue.button(/^Rate/).click()
  const field = opened.page.locator('dialog[open] input').first()
  await field.fill('many')
  await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true')
  await queue.confirm({ field: '5000', reason: 'the partner asked for less' })
  const rate = async () => (await opened.workspace.api('GET', '/queues/delivery-webhook')).body.ratePerSecond
  await expect.poll(rate).toBe(5_000)
  await opened.page.getByText('the partner asked for less').waitFor()
  await queue.button(/^Rate/).click()
  await queue.confirm({ field: '', reason: 'as before' })
  await expect.poll(rate).toBe(null)
})

test('a lane is limited and released, and resuming lets the rest go out', async () => {
  await opened.goto('/queues/delivery-webhook')
  await queue
    .lane(lane)
    .getByRole('button', { name: /^Limit / })
    .click()
  await queue.confirm({ reason: 'too loud', field: '2' })
  await queue.lane(lane).getByText('limit 2').waitFor()
  await queue.button(/^Resume\.\.\./).click()
  await queue.confirm({ reason: 'they have moved' })
  await eventually(() => arrived === 5)
  await eventually(async () => expect(await queue.pills.allTextContents()).toContain('running'))
  await opened.pool.query('DELETE FROM lane_limit')
})

test('marked jobs go first, past a lane that is stopped', async () => {
  const { pool, workspace } = opened
  // How many stand in the lane, once all that were sent have either arrived or stand there with no worker holding them.
  let sent = 0
  const already = arrived
  const waiting = async (): Promise<number> => {
    const { rows } = await pool.query(
      "SELECT count(*)::int AS waiting FROM outbox WHERE workspace_id = $1 AND queue = 'delivery-webhook' AND NOT leased",
      [workspace.id],
    )
    return rows[0].waiting
  }
  const settled = async (): Promise<boolean> => (await waiting()) + arrived - already === sent
  await pool.query(
    `INSERT INTO lane_limit (queue, lane, rows, set_by, reason) SELECT 'delivery-webhook', id, 0, 'test', 'test' FROM endpoint WHERE url = $1
     ON CONFLICT DO NOTHING`,
    [url],
  )
  await pool.query("SELECT pg_notify('outbox', '')")
  // Until every process has heard of the limit, what is sent still goes out.
  await eventually(
    async () => {
      await send(1, 'Urgent')
      sent++
      await eventually(settled)
      return (await waiting()) >= 3
    },
    { timeoutMs: 120_000 },
  )
  const [before, rows] = [arrived, await waiting()]
  await opened.goto('/queues/delivery-webhook')
  await eventually(async () => (await queue.rows.count()) === rows)
  await queue.box(0).click()
  await queue.box(1).click()
  await queue.button('Promote 2...').click()
  await opened.page.locator('dialog[open]').getByText('2 jobs match').waitFor()
  await queue.confirm({ reason: 'these two cannot wait', count: 2 })
  await eventually(async () => expect(await queue.operation.textContent()).toContain('Promoted 2'))
  await eventually(() => arrived === before + 2)
  await eventually(async () => (await waiting()) === rows - 2)
  await opened.pool.query('DELETE FROM lane_limit')
  await opened.pool.query("SELECT pg_notify('outbox', '')")
  await eventually(() => arrived === before + rows)
})

test('what is dead stands beside the other states, each row a way to its letter', async () => {
  answer = 400
  await send(2, 'Refused')
  await opened.goto('/queues/delivery-webhook')
  await queue.tabs.filter({ hasText: 'Dead' }).click()
  await expect.poll(() => new URL(opened.page.url()).searchParams.get('state')).toBe('dead')
  await eventually(async () => (await queue.rows.count()) === 2)
  const dead = queue.tabs.filter({ hasText: 'Dead' })
  await eventually(async () => expect((await dead.textContent())?.trim()).toBe('Dead 2'))
  answer = 200
  await expectAccessible(opened.page)
  await opened.page.getByRole('link', { name: 'Causes and replay' }).waitFor()
  const letter = await queue.rows.first().getAttribute('data-key')
  await queue.rows.first().getByRole('link').click()
  await opened.page.waitForURL(`**/dead-letters?*letter=${letter}*`)
  await opened.page.getByText('HTTP 400').first().waitFor()
  await opened.page.goBack()
  await opened.goto('/queues/delivery-email?state=dead')
  await opened.page.getByText('Nothing of this queue is dead.').waitFor()
  await eventually(async () => expect((await dead.textContent())?.trim()).toBe('Dead 0'))
})

test('a viewer may look, and is told why they cannot act', async () => {
  const page = await opened.openAs('viewer')
  await opened.goto('/queues/delivery-webhook', page)
  const theirs = new QueuePage(page)
  const pause = theirs.button(/^Pause\.\.\./)
  await pause.waitFor()
  await expect.poll(() => pause.getAttribute('aria-disabled')).toBe('true')
  await expect.poll(() => pause.getAttribute('title')).toContain('instance')
  await pause.click({ force: true })
  await expect.poll(() => page.locator('dialog[open]').count()).toBe(0)
  await page.close()
})

test('the list of queues is accessible, and fits a narrow page', async () => {
  await opened.goto('/queues')
  await opened.page.getByRole('link', { name: 'delivery-email' }).waitFor()
  await expectAccessible(opened.page)
  const page = await opened.openTab()
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of ['/queues', '/queues/delivery-webhook']) {
    await opened.goto(path, page)
    await page.getByText('delivery-webhook').first().waitFor()
    await eventually(async () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth))
  }
  await page.close()
})
