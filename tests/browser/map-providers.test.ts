// Providers on the map: held and released by a person, with reach and reason, and why attempts fail there.
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
  map = new MapPage(opened.page)
  await opened.workspace.api('POST', '/endpoints', { url: receiver.url, eventTypes: ['provider.*'], retrySchedule: [3_600] })
})
afterAll(() => receiver.close())

const send = async (): Promise<string> =>
  (await opened.workspace.api('POST', '/events', { type: 'provider.seen', data: {} })).body.id as string
const stateOf = async (id: string) => (await opened.workspace.api('GET', `/events/${id}`)).body.deliveries[0]?.state as string | undefined

test('says why attempts fail, by error, and how many', async () => {
  receiver.answer(503)
  const sent = [await send(), await send(), await send()]
  for (const id of sent) await eventually(async () => (await stateOf(id)) === 'retrying')
  await opened.goto('/map?lanes=all&node=endpoints')
  const failures = map.panel.getByRole('region', { name: 'Why attempts fail' })
  await failures.getByText('HTTP 503').waitFor()
  await expect.poll(() => failures.getByText(/last \d+ min/).count()).toBe(1)
  receiver.answer(200)
})

test('is held with its reach and a reason, shows who and why, and lets go what waited', async () => {
  await opened.goto('/map?lanes=all&node=endpoints')
  const hold = map.panel.getByRole('button', { name: /^Hold all webhooks/ }).first()
  await hold.waitFor()
  // Three retries wait for an hour: that is what a hold reaches.
  await expect.poll(() => map.panel.locator('.actions').textContent()).toMatch(/3 wait/)
  await hold.click()
  await opened.page
    .getByRole('dialog')
    .getByText(/\d+ deliveries wait for it now\. .*nothing is lost/)
    .waitFor()
  await map.confirm('Hold all webhooks', 'the network is down')
  try {
    await expect.poll(() => map.place('endpoints').getAttribute('data-state')).toBe('paused')
    await map.panel.getByText(/All webhooks are held by .+: the network is down\./).waitFor()
    const id = await send()
    await eventually(async () => (await stateOf(id)) === 'held')
    await expect.poll(() => map.place('endpoints').textContent()).toMatch(/\d+ held/)
    await map.fold.getByText(/are held by/).waitFor()
    await expectAccessible(opened.page)

    await opened.goto('/')
    const fault = opened.page.getByRole('listitem').filter({ hasText: 'Webhook is held' })
    await fault.getByText(/the network is down/).waitFor()
    await fault.getByRole('link', { name: /^Release/ }).click()
    await map.panel
      .getByRole('button', { name: /^Release all webhooks/ })
      .first()
      .waitFor()

    await opened.goto(`/events/${id}`)
    await opened.page
      .getByText(/provider webhook is held by .+ \(the network is down\)/)
      .first()
      .waitFor()
  } finally {
    await opened.goto('/map?lanes=all&node=endpoints')
    await map.panel
      .getByRole('button', { name: /^Release all webhooks/ })
      .first()
      .click()
    await map.confirm('Release all webhooks', 'it is back')
  }
  await eventually(async () => (await opened.workspace.api('GET', '/deliveries?state=held')).body.items.length === 0)
  await expect.poll(() => map.place('endpoints').getAttribute('data-state')).not.toBe('paused')
  await eventually(() => receiver.received.length > 0)
  const { body } = await opened.workspace.api('GET', '/audit')
  expect(body.items.map(({ action }: { action: string }) => action)).toEqual(expect.arrayContaining(['provider.hold', 'provider.release']))
})

test('tells a viewer who may hold it', async () => {
  const page = await opened.openAs('viewer')
  await opened.goto('/map?lanes=all&node=mail', page)
  const hold = new MapPage(page).panel.getByRole('button', { name: /^Hold all mail/ })
  await hold.waitFor()
  await expect.poll(() => hold.getAttribute('aria-disabled')).toBe('true')
  await expect.poll(() => hold.getAttribute('title')).toMatch(/instance/)
})

test('ends what a person sees within seconds of the end of their session', async () => {
  const page = await opened.openAs('viewer')
  await opened.goto('/map?lanes=all', page)
  await new MapPage(page).place('clients').waitFor()
  // Ended elsewhere: this page asks for nothing.
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  await fetch(`${opened.url}/api/v1/session`, { method: 'DELETE', headers: { cookie, 'sec-fetch-site': 'same-origin' } })
  await page.waitForURL(/\/sign-in/)
})
