// Nothing that a notification contains can run in the console: hostile strings in every displayed field, every page visited. That no
// policy was broken and nothing left for elsewhere is checked when the file ends.
import { beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { Frame } from './pages/frame.ts'
import { useConsole } from './support/console.ts'
import { hostile, hostileId } from './support/hostile.ts'

const opened = useConsole()
const places: string[] = []

beforeAll(async () => {
  const { api } = opened.workspace
  const ok = async (method: string, path: string, body?: unknown) => {
    const answer = await api(method, path, body)
    expect(answer.status, `${method} ${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300)
    return answer.body
  }
  const raw = (text: string) => `{% raw %}${text}{% endraw %}`
  const template = { subject: '{{ data.text }}', html: `<p>{{ data.text }}</p>${raw(hostile)}`, text: '{{ data.text }}' }
  const steps = [
    { id: 'mail', type: 'channel', channel: 'email', template },
    { id: 'bell', type: 'channel', channel: 'in-app', template: { title: '{{ data.text }}', body: raw(hostile) } },
  ]
  await ok('PUT', '/workflows/hostile', { name: hostile.slice(0, 100), eventType: 'hostile.event', steps })
  await ok('POST', '/workflows/hostile/publish', {})
  await ok('PUT', `/recipients/${encodeURIComponent(hostileId)}`, { email: 'h@example.com', attributes: { note: hostile } })
  await ok('PUT', '/topics/hostile', { name: hostile.slice(0, 100) })
  const endpoint = await ok('POST', '/endpoints', {
    url: `http://127.0.0.1:9/${encodeURIComponent(hostile)}`,
    eventTypes: ['hostile.*'],
    description: hostile.slice(0, 200),
    retrySchedule: [],
  })
  const event = await ok('POST', '/events', {
    type: 'hostile.event',
    source: hostile.slice(0, 200),
    subject: hostile.slice(0, 400),
    audience: undefined,
    recipients: [hostileId],
    data: { text: hostile, [hostile]: hostile },
  })
  const letter = await eventually(async () => (await ok('GET', '/dead-letters')).items[0])
  const replay = await ok('POST', '/replays', { filter: { ids: [letter.id] }, reason: hostile.slice(0, 400), confirmCount: 1 })
  const key = await ok('POST', '/api-keys', { name: hostile.slice(0, 100), scopes: ['events:read'] })
  expect(key).toBeTruthy()
  await eventually(async () => (await ok('GET', '/events/' + event.id)).state === 'completed')
  const mail = (await ok('GET', '/mailbox')).items[0]
  const recipient = encodeURIComponent(hostileId)
  places.push(
    ...['/', '/map', '/map?view=table', '/queues', '/queues/delivery-webhook', '/workers', '/dead-letters', '/replays', '/events'],
    ...['/notifications', '/recipients', '/endpoints', '/workflows', '/send-test', '/audit', '/api-keys', '/operators', '/settings'],
    ...[`/events/${event.id}`, `/recipients/${recipient}`, `/endpoints/${endpoint.id}`, '/workflows/hostile', `/replays/${replay.id}`],
    ...[`/dead-letters?cause=${letter.causeId}&letter=${letter.id}`, `/dead-letters?q=${encodeURIComponent(hostile.slice(0, 60))}`],
    ...['html', 'text', 'headers'].map((tab) => `/mailbox?mail=${mail.id}&tab=${tab}`),
    ...[`/deliveries/${letter.deliveryId}`, `/events?subject=${recipient}&type=${recipient}`, `/${recipient}`],
  )
})

test('every page shows hostile strings as text', async () => {
  const { page } = opened
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  for (const place of places) {
    await opened.goto(place)
    await page.locator('h1').first().waitFor({ state: 'attached' })
    // What the page asked for has come, and one live picture.
    await page.waitForLoadState('load')
    await eventually(async () => (await page.locator('.skeleton').count()) === 0).catch(() => {})
    for (const frame of page.frames()) {
      // The frame of a mail is made anew when its list is read anew: the next look sees the new one.
      const planted = await frame
        .locator('[data-xss]')
        .count()
        .catch((error: Error) => {
          if (frame.isDetached()) return 0
          throw error
        })
      expect(planted, place).toBe(0)
    }
    expect(await page.evaluate(() => (globalThis as { xss?: unknown }).xss), place).toBeUndefined()
    expect(opened.cspReports, place).toEqual([])
  }
  expect(dialogs).toEqual([])
})

test('the strings really are on the pages', async () => {
  await opened.goto('/mailbox')
  await new Frame(opened.page).title.waitFor()
  await opened.page.getByText('window.xss=1').first().waitFor()
})
