// The live map with real traffic: what passes, what is paused, one event over it, a moment of before, and who may not act.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts'
import { MapPage } from './pages/map.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()
let receiver: WebhookReceiver
let map: MapPage

beforeAll(async () => {
  receiver = await startWebhookReceiver()
  receiver.answer(200)
  map = new MapPage(opened.page)
  await opened.workspace.api('POST', '/endpoints', { url: receiver.url, eventTypes: ['map.*'] })
})
afterAll(() => receiver.close())

const send = async (): Promise<string> => {
  const { status, body } = await opened.workspace.api('POST', '/events', { type: 'map.seen', subject: 'the map', data: {} })
  expect(status).toBe(202)
  return body.id as string
}

/** Events every 50 ms until it is called. */
function keepSending(): () => Promise<void> {
  let going = true
  const loop = (async () => {
    while (going) {
      await send()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  // Whoever stops it hears what went wrong.
  loop.catch(() => {})
  return () => ((going = false), loop)
}
const textOf = async (id: string): Promise<string> => (await map.place(id).textContent()) ?? ''
const rateIn = (text: string | null): number => Number(/([\d.]+)\/s/.exec(text ?? '')?.[1] ?? Number.NaN)

test('shows the traffic that there is, on places and lines, and grey where nothing is measured', async () => {
  const stop = keepSending()
  try {
    await opened.goto('/map?lanes=all')
    await map.place('clients').waitFor()
    await eventually(async () => rateIn(await textOf('clients')) > 0)
    await eventually(async () => rateIn(await textOf('endpoints')) > 0)
    await expect.poll(() => map.line('clients>api:api-1').getAttribute('data-state')).toBe('flowing')
    await expect
      .poll(async () => rateIn(await map.label('queue:delivery-webhook>workers:delivery-webhook').textContent()))
      .toBeGreaterThan(0)
    await expect.poll(() => map.place('clients').getAttribute('data-state')).toBe('ok')
    await expect.poll(() => map.place('kafka').getAttribute('data-state')).toBe('none')
    await expect.poll(() => map.line('kafka>validation').getAttribute('data-state')).toBe('silent')
  } finally {
    await stop()
  }
})

test('is clean for those who do not see it, and has a table that says the same', async () => {
  await expectAccessible(opened.page)
  await map.show('Table')
  await map.row('queue:fan-out').waitFor()
  await expect.poll(() => map.param('view')).toBe('table')
  await expect.poll(() => map.row('kafka').textContent()).toContain('not connected')
  await expect.poll(() => map.row('clients>api:api-1').textContent()).toMatch(/\/s/)
  await expectAccessible(opened.page)
  await map.show('Map')
})

test('switches kinds of lines, and keeps that in the URL', async () => {
  await map.line('validation>redis').waitFor({ state: 'attached' })
  const all = await map.lines.count()
  await map.kind('Data access').uncheck()
  await map.line('validation>redis').waitFor({ state: 'detached' })
  await expect.poll(() => map.lines.count()).toBeLessThan(all)
  await eventually(() => map.param('off') === 'data')
  await opened.page.reload()
  await map.line('auth>limits').waitFor({ state: 'attached' })
  await expect.poll(() => map.line('validation>redis').count()).toBe(0)
  await map.kind('Data access').check()
  await map.line('validation>redis').waitFor({ state: 'attached' })
})

test('is walked by arrow keys along its lines, opened by Enter, closed by Escape', async () => {
  const focused = () => opened.page.evaluate(() => document.activeElement?.getAttribute('data-place') ?? null)
  await map.place('relay').focus()
  for (let steps = 0; steps < 3; steps++) {
    const from = await focused()
    await opened.page.keyboard.press('ArrowRight')
    await expect.poll(focused).not.toBe(from)
  }
  await expect.poll(focused).toBe('mail')
  await opened.page.keyboard.press('Enter')
  await map.panel.getByText('Nothing is wrong here.').waitFor()
  await eventually(() => map.param('node') === 'mail')
  await opened.page.keyboard.press('Escape')
  await map.panel.waitFor({ state: 'detached' })
})

test('shows only what stands beside a place after a double click', async () => {
  await map.place('endpoints').dblclick()
  await eventually(() => map.param('only') === 'endpoints')
  await eventually(async () => /\bdim\b/.test((await map.place('clients').getAttribute('class')) ?? ''))
  await expect.poll(() => map.place('workers:delivery-webhook').getAttribute('class')).not.toMatch(/\bdim\b/)
  await opened.page.getByRole('button', { name: 'Show all' }).click()
  await eventually(async () => !/\bdim\b/.test((await map.place('clients').getAttribute('class')) ?? ''))
})

test('has room on a narrow page too', async () => {
  const page = await opened.openTab()
  await page.setViewportSize({ width: 390, height: 844 })
  // All lanes: those that carry nothing for a while are folded, and how long that was depends on the machine.
  await opened.goto('/map?view=map&lanes=all', page)
  const narrow = new MapPage(page)
  // Nothing of the page covers it, and no row of it has been given no height.
  await narrow.place('endpoints').waitFor()
  await eventually(async () => {
    const box = await page.locator('.vue-flow').boundingBox()
    return box !== null && box.height > 150 && box.width > 300
  })
  await narrow.place('endpoints').click()
  await eventually(() => narrow.param('node') === 'endpoints')
  await page.close()
})

test('pauses a queue with a reason and shows its age grow, on the map and in the table', async () => {
  await opened.goto('/map?lanes=all&node=queue:delivery-webhook')
  const age = async (): Promise<number> => Number(/([\d.]+) s of/.exec(await textOf('queue:delivery-webhook'))?.[1] ?? 0)
  await map.panel.getByRole('button', { name: 'Pause queue' }).waitFor()
  await opened.page.keyboard.press('p')
  await map.confirm('Pause delivery-webhook', 'to see it grow')
  try {
    await eventually(async () => (await map.place('queue:delivery-webhook').getAttribute('data-state')) === 'paused')
    await send()
    await eventually(async () => (await age()) > 1)
    const before = await age()
    await eventually(async () => (await age()) > before + 1)
    await map.fold.getByText(/delivery-webhook is paused by/).waitFor()
    await map.panel.getByText(/: to see it grow\./).waitFor()
    await expect.poll(() => map.panel.locator('.numbers').textContent()).toContain('waiting')
    await map.show('Table')
    await expect.poll(() => map.row('queue:delivery-webhook').textContent()).toContain('paused')
    await map.show('Map')
  } finally {
    await map.panel.getByRole('button', { name: 'Resume delivery-webhook' }).click()
    await map.confirm('Resume delivery-webhook', 'seen')
  }
  await eventually(async () => (await map.place('queue:delivery-webhook').getAttribute('data-state')) === 'ok')
  const { body } = await opened.workspace.api('GET', '/audit')
  expect(body.items.map(({ action }: { action: string }) => action)).toEqual(expect.arrayContaining(['queue.pause', 'queue.resume']))
})

test('changes the concurrency of a queue', async () => {
  await map.panel.getByRole('button', { name: 'Concurrency' }).click()
  await opened.page.getByLabel('Jobs at the same time').fill('7')
  await map.confirm('Set 7', 'a smaller one')
  try {
    await eventually(async () => (await textOf('workers:delivery-webhook')).includes('of 7'))
  } finally {
    await opened.page.evaluate(() =>
      fetch('/api/v1/queues/delivery-webhook', {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ concurrency: null, reason: 'back' }),
      }),
    )
  }
})

test('follows one event: its path lit, its stations numbered and listed with the time spent', async () => {
  const id = await send()
  await eventually(async () => (await opened.workspace.api('GET', `/events/${id}`)).body.state === 'completed')
  await opened.goto('/map?lanes=all')
  await map.place('clients').waitFor()
  await map.follow('evt_nonsense')
  await opened.page
    .getByRole('alert')
    .getByText(/An event id begins with evt_/)
    .waitFor()
  await opened.page.getByRole('textbox', { name: 'Follow an event' }).fill(`see ${id}`)
  await opened.page.keyboard.press('Enter')
  await map.panel.getByText('It is delivered.').waitFor()
  await expect.poll(() => map.param('event')).toBe(id)
  await expect.poll(() => map.panel.locator('ol .number').allTextContents()).toEqual(['1', '2', '3', '4', '5', '6'])
  await expect.poll(() => map.place('endpoints').locator('.station').textContent()).toBe('6')
  await expect.poll(() => map.line('relay>queue:delivery-webhook').getAttribute('class')).toContain('lit')
  await expect.poll(() => map.line('relay>queue:delivery-email').getAttribute('class')).toContain('dim')
  await expect.poll(() => map.label('workers:delivery-webhook>endpoints').textContent()).toMatch(/\d m?s/)
  await map.panel.getByRole('button', { name: 'Next stop' }).click()
  await expectAccessible(opened.page)
  await opened.page.keyboard.press('Escape')
  await eventually(() => map.param('event') === null)
})

test('says which event it does not know', async () => {
  await opened.goto(`/map?lanes=all&event=evt_${'0'.repeat(32)}`)
  await map.panel.getByRole('alert').waitFor()
})

test('goes back to a moment that was kept, and to live again', async () => {
  await opened.goto('/map?lanes=all&node=queue:delivery-webhook')
  await map.slider.waitFor()
  // The pause of before is an incident or its change a mark; samples are kept every ten seconds.
  await eventually(
    async () => {
      const { body } = await opened.workspace.api('GET', `/live/history?at=${new Date(Date.now() - 5_000).toISOString()}`)
      return body.picture !== null
    },
    { intervalMs: 500 },
  )
  await opened.goto(`/map?lanes=all&node=queue:delivery-webhook&at=${new Date(Date.now() - 5_000).toISOString()}`)
  await map.fold.getByText(/as it was at/).waitFor()
  await eventually(async () => (await map.place('letters').textContent())?.includes('no data') === true)
  // It may have been paused at that moment: the test before did so.
  const lever = map.panel.getByRole('button', { name: /^(Pause|Resume) queue/ })
  await lever.waitFor()
  await expect.poll(() => lever.getAttribute('aria-disabled')).toBe('true')
  await expect.poll(() => lever.getAttribute('title')).toContain('Go back to live')
  await map.slider.focus()
  await opened.page.keyboard.press('ArrowLeft')
  await eventually(() => Date.parse(map.param('at') ?? '') < Date.now() - 50_000)
  await opened.page.keyboard.press('l')
  await eventually(() => map.param('at') === null)
})

test('lets an owner of the instance change a threshold, and judges by it at once', async () => {
  await opened.goto('/map?lanes=all&node=redis')
  const editor = map.panel.locator('.thresholds')
  await editor.getByRole('button', { name: 'Change' }).click()
  await opened.page.getByLabel(/in percent/).fill('55')
  await map.confirm('Change the threshold', 'a smaller machine')
  try {
    await editor.getByText('55%').waitFor()
    await editor.getByText(/set by/).waitFor()
  } finally {
    await editor.getByRole('button', { name: 'Change' }).click()
    await opened.page.getByRole('button', { name: 'Back to the default' }).click()
    await map.confirm('Change the threshold', 'back')
    await editor.getByText('80%').waitFor()
  }
})

test('folds lanes that carry nothing, on the map and in the table, until they matter', async () => {
  const page = await opened.openTab()
  const theirs = new MapPage(page)
  const strip = page.getByRole('button', { name: /quiet lane/ })
  // What files before this one sent may still be passing when a page begins to look: it looks again.
  await eventually(
    async () => {
      await opened.goto('/map', page)
      await theirs.place('queue:fan-out').waitFor()
      return strip.waitFor({ timeout: 10_000 }).then(
        async () => (await theirs.place('queue:delivery-email').count()) === 0,
        () => false,
      )
    },
    { timeoutMs: 180_000 },
  )
  expect(await strip.getAttribute('aria-expanded')).toBe('false')
  await page.getByText(/folded\. Positions never move/).waitFor()
  await expectAccessible(page)
  await theirs.show('Table')
  await theirs.row('strip').getByText('Email').waitFor()
  expect(await theirs.row('queue:delivery-email').count()).toBe(0)
  await theirs.row('strip').getByRole('button').click()
  await theirs.row('queue:delivery-email').waitFor()
  expect(theirs.param('lanes')).toBe('all')
  await theirs.show('Map')
  await theirs.place('queue:delivery-email').waitFor()
  await strip.click()
  await theirs.place('queue:delivery-email').waitFor({ state: 'detached' })
  expect(theirs.param('lanes')).toBeNull()
  // What somebody looks at, and what somebody stopped, is not folded away.
  await opened.goto('/map?node=mail', page)
  await theirs.place('mail').waitFor()
  await opened.goto('/map', page)
  await theirs.place('queue:fan-out').waitFor()
  const change = (what: 'pause' | 'resume') =>
    page.evaluate(
      (verb) =>
        fetch(`/api/v1/queues/delivery-email/${verb}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ reason: 'to see it open' }),
        }).then(({ ok }) => ok),
      what,
    )
  expect(await change('pause')).toBe(true)
  try {
    await theirs.place('queue:delivery-email').waitFor()
  } finally {
    await change('resume')
    await page.close()
  }
})

test('measures the object store', async () => {
  await opened.goto('/map?lanes=all&node=object-store')
  await expect.poll(() => textOf('object-store')).toMatch(/\/s/)
  await expect.poll(() => map.panel.locator('.numbers').textContent()).toContain('p95')
})

test('moves only where motion is wanted', async () => {
  const stop = keepSending()
  const page = await opened.openTab()
  try {
    await page.emulateMedia({ reducedMotion: 'no-preference' })
    await opened.goto('/map?lanes=all', page)
    const train = page.locator('.train').first()
    await train.waitFor({ state: 'attached' })
    const running = () => page.evaluate(() => document.getAnimations().filter((one) => one.playState === 'running').length)
    await eventually(async () => (await running()) > 0)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await eventually(async () => (await running()) === 0)
  } finally {
    await stop()
    await page.close()
  }
})

test('tells a viewer who may act', async () => {
  const page = await opened.openAs('viewer')
  await opened.goto('/map?lanes=all&node=queue:delivery-webhook', page)
  const theirs = new MapPage(page)
  const pause = theirs.panel.getByRole('button', { name: 'Pause queue' })
  await pause.waitFor()
  await expect.poll(() => pause.getAttribute('aria-disabled')).toBe('true')
  await expect.poll(() => pause.getAttribute('title')).toMatch(/instance/)
})

test('begins as a table on a narrow page, and still has its map', async () => {
  const page = await opened.openTab()
  await page.setViewportSize({ width: 390, height: 844 })
  await opened.goto('/map?lanes=all', page)
  const narrow = new MapPage(page)
  await narrow.row('queue:delivery-webhook').waitFor()
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  await expectAccessible(page)
  await narrow.row('queue:delivery-webhook').getByRole('button').click()
  await narrow.panel.getByText('Its oldest work waits').waitFor()
  await page.keyboard.press('Escape')
  await narrow.show('Map')
  await narrow.place('clients').waitFor()
  await page.close()
})
