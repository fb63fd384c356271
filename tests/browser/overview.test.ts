// The first run and the overview: an empty workspace learns how to send, its first event lights the line, then the live view stands.
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { Frame } from './pages/frame.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()
const bell = { id: 'bell', type: 'channel', channel: 'in-app', template: { title: 'Hello', body: 'World' } }

test('an empty workspace shows how to send the first event', async () => {
  await opened.workspace.api('PUT', '/workflows/welcome', { name: 'Welcome', eventType: 'pull_request.opened', steps: [bell] })
  await opened.workspace.api('POST', '/workflows/welcome/publish', {})
  await opened.goto('/')
  await opened.page.getByRole('heading', { name: 'No events yet. Send the first one.' }).waitFor()
  await opened.page.getByText('Listening for the first event').waitFor()
  const snippet = opened.page.getByRole('region', { name: /The call with curl/ })
  await expect.poll(() => snippet.textContent()).toContain(`curl -X POST ${opened.url}/api/v1/events`)
  // A key of this workspace, not the first one of the instance.
  await eventually(async () => {
    const prefix = (await opened.page.locator('.first .key .mono').textContent())?.replace('…', '') ?? ''
    return prefix.length > 3 && opened.workspace.apiKey.startsWith(prefix)
  })
  await opened.page.getByRole('tab', { name: 'Python' }).click()
  await expect.poll(() => opened.page.getByRole('region').first().textContent()).toContain('urllib.request')
  await expectAccessible(opened.page)
})

test('the line lights up as the first event passes, then the live view stands', async () => {
  const { page } = opened
  await page.getByRole('button', { name: 'Send it for me' }).click()
  await page.locator('.line .lit').nth(5).waitFor()
  await page.locator('.overview .figure').waitFor()
  await expect.poll(() => page.locator('.overview .figure').textContent()).toContain('0 unaccounted')
  await eventually(async () => /1\s*=/.test((await page.locator('.equation').first().textContent()) ?? ''))
  await page.reload()
  await page.locator('.overview .figure').waitFor()
})

test('says what died with one button, and every panel can be read by everybody', async () => {
  const { page, workspace } = opened
  const created = await workspace.api('POST', '/endpoints', {
    url: 'http://127.0.0.1:9/hook',
    eventTypes: ['order.placed'],
    retrySchedule: [],
  })
  expect(created.status).toBe(201)
  await workspace.api('POST', '/events', { type: 'order.placed', data: {} })
  const faults = page.getByRole('region', { name: 'What is wrong now' })
  await faults.getByRole('link', { name: 'Replay 1...' }).waitFor()
  await expect.poll(() => faults.locator('.primary').count()).toBe(1)
  await expect.poll(() => new Frame(page).item('Dead letters').textContent()).toContain('1')
  await page.getByRole('button', { name: '6 h' }).click()
  await expect.poll(() => page.url()).toContain('range=6h')
  await expectAccessible(page)
  await faults.getByRole('link', { name: 'Replay 1...' }).click()
  await page.waitForURL('**/dead-letters?**cause=**')
})

test('two tabs show the same without asking twice', async () => {
  const second = await opened.openTab()
  const asked: string[] = []
  second.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await opened.goto('/', second)
  await second.locator('.overview .figure').waitFor()
  await eventually(async () => /^live/.test((await new Frame(second).age.textContent()) ?? ''))
  const frame = new Frame(second)
  // What the first picture has caused was asked by the time of the second.
  const settled = await frame.nextPicture()
  const before = asked.length
  await frame.nextPicture(await frame.nextPicture(await frame.nextPicture(settled)))
  expect(asked.filter((path) => path === '/api/v1/live')).toHaveLength(1)
  expect(asked.slice(before).filter((path) => !/find|_nuxt/.test(path))).toEqual([])
  await second.close()
})
