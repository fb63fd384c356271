// Processes: who is there, what they do and why we think so; keys, filters and the open panel in the URL.
import { expect, test } from 'vitest'
import { newUuid } from '#shared/ids.ts'
import { eventually } from '../support/eventually.ts'
import { WorkersPage } from './pages/workers.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()

test('lists every process with what it does, and opens one by keys', async () => {
  await opened.goto('/workers')
  const workers = new WorkersPage(opened.page)
  await workers.row('api-1').waitFor()
  await workers.row('worker-1').waitFor()
  await expect.poll(() => workers.row('worker-1').textContent()).toContain('collector')
  // Figures come from the process itself.
  await eventually(async () => /\d+(\.\d+)?%/.test((await workers.row('api-1').textContent()) ?? ''))
  await opened.page.keyboard.press('j')
  await opened.page.keyboard.press('Enter')
  await workers.panel.waitFor()
  // Whoever stands first: on a machine that is busy somebody may be late with a beat, and is shown before the others.
  await expect.poll(() => new URL(opened.page.url()).searchParams.get('panel')).toMatch(/^(api|worker|mail-catcher)/)
  await workers.panel.getByText('Event loop lag, ms').waitFor()
  await opened.page.keyboard.press('Escape')
  await workers.panel.waitFor({ state: 'detached' })
})

test('keeps filters, panel and range in the URL', async () => {
  await opened.goto('/workers?panel=worker-1&range=24h')
  const workers = new WorkersPage(opened.page)
  await workers.panel.getByRole('button', { name: '24 h', pressed: true }).waitFor()
  await workers.panel.getByText('delivery-webhook').waitFor()
  await workers.filter('Role', 'api')
  await eventually(async () => (await workers.names.allTextContents()).join() === 'api-1')
  await expect.poll(() => new URL(opened.page.url()).searchParams.get('role')).toBe('api')
  await workers.panel.getByRole('button', { name: '60 min' }).click()
  await eventually(() => !new URL(opened.page.url()).searchParams.has('range'))
  await workers.filter('State', 'stopping')
  await opened.page.getByRole('button', { name: 'Show all' }).click()
  await workers.row('worker-1').waitFor()
})

test('says who is stuck and why, before anything else', async () => {
  // A process that beats and holds work, and gets nowhere.
  const id = newUuid()
  const lane = newUuid()
  await opened.pool.query(
    `INSERT INTO process (id, name, roles, pid, host, version, state, started_at, last_progress_at, concurrency)
     VALUES ($1, 'worker-stuck', '{delivery}', 1, 'box', '1', 'working', now() - interval '5 minutes', now() - interval '2 minutes', '{"delivery-email": 5}')`,
    [id],
  )
  await opened.pool.query(
    `INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, lease_owner, dispatches, starts)
     VALUES ($2, 'stand-in', $3, 'delivery-email', $2, now() - interval '2 minutes', true, $1, 1, 1)`,
    [id, lane, opened.workspace.id],
  )
  const beat = setInterval(() => void opened.pool.query('UPDATE process SET last_seen_at = now() WHERE id = $1', [id]).catch(() => {}), 500)
  try {
    await opened.goto('/workers')
    const workers = new WorkersPage(opened.page)
    await eventually(async () => /is stuck: worker-stuck/.test((await workers.summary.textContent()) ?? ''))
    await expect.poll(async () => (await workers.names.allTextContents())[0]).toBe('worker-stuck')
    await expect
      .poll(() => workers.row('worker-stuck').textContent())
      .toMatch(/It holds 1 row of delivery-email and has finished nothing for 2 m/)
  } finally {
    clearInterval(beat)
    await opened.pool.query("DELETE FROM outbox WHERE kind = 'stand-in'")
    await opened.pool.query('DELETE FROM process WHERE id = $1', [id])
  }
})

test('is accessible, wide and narrow', async () => {
  await opened.goto('/workers?panel=worker-1')
  await new WorkersPage(opened.page).panel.waitFor()
  await expectAccessible(opened.page)
  const page = await opened.openTab()
  await page.setViewportSize({ width: 390, height: 844 })
  await opened.goto('/workers', page)
  await new WorkersPage(page).row('worker-1').waitFor()
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  await expectAccessible(page)
  await page.close()
})
