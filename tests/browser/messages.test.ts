// From the form that sends an event to the mail in the mailbox and the waterfall that says what became of it; filters, resend,
// endpoints held and enabled, and the question why somebody did not get something.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parsePublicId } from '#shared/ids.ts'
import { eventually } from '../support/eventually.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts'
import { MessagesPages } from './pages/messages.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()
let receiver: WebhookReceiver
let pages: MessagesPages

const hostile = '<img src=x onerror=alert(1)><script>alert(1)</script>'

beforeAll(async () => {
  receiver = await startWebhookReceiver()
  pages = new MessagesPages(opened.page)
  const { api } = opened.workspace
  await api('PUT', '/workflows/greeting', {
    name: 'User greeted',
    eventType: 'user.greeted',
    steps: [
      {
        id: 'mail',
        type: 'channel',
        channel: 'email',
        template: { subject: 'Hello {{ data.name }}', html: `<h1 style="color: red">Hello {{ data.name }}</h1>${hostile}`, text: 'Hello' },
      },
      { id: 'bell', type: 'channel', channel: 'in-app', template: { title: 'Hello {{ data.name }}', body: 'World' } },
    ],
  })
  await api('POST', '/workflows/greeting/publish')
  await api('PUT', '/recipients/mute', { email: 'mute@example.com' })
  await api('PUT', '/recipients/mute/preferences', { channels: { email: false } })
})
afterAll(() => receiver.close())

const api = (method: string, path: string, body?: unknown) => opened.workspace.api(method, path, body)
const send = async (event: object): Promise<string> => (await api('POST', '/events', event)).body.id
const ended = (id: string, state = 'completed') => eventually(async () => (await api('GET', `/events/${id}`)).body.state === state)

describe('an event', () => {
  test('is sent by a form that says at which path it is wrong, and followed to its mail', async () => {
    await opened.goto('/send-test')
    await pages.sendTest({ type: 'user.greeted', recipients: 'ada ada(at)example.com', data: '{ "name": ' })
    await opened.page.getByText(/is not JSON/).waitFor()
    await pages.sendTest({ type: 'user.greeted', recipients: 'ada ada(at)example.com', data: '{ "name": "Ada" }' })
    await opened.page.locator('.wrong code', { hasText: '/recipients/0' }).waitFor()
    await pages.sendTest({ type: 'user.greeted', recipients: 'ada ada@example.com\nmute', data: `{ "name": ${JSON.stringify(hostile)} }` })
    await opened.page.getByText('completed').waitFor()
    await expectAccessible(opened.page)
    const { items } = (await api('GET', '/mailbox?to=ada@example.com')).body
    expect(items).toHaveLength(1)
    await opened.page.getByRole('link', { name: 'Follow it' }).click()
    await opened.page.waitForURL(/\/events\/evt_/)
  })

  test('answers whether they got it, with a row for each attempt and what they saw', async () => {
    await pages.sentence.getByText('All 3 messages arrived.').waitFor()
    await opened.page.getByText('One more was not sent: mute opted out of email.').waitFor()
    await pages.row('group', 'mute').waitFor()
    await expect.poll(() => pages.waterfall.locator('.row.delivery').count()).toBe(4)
    await pages.row('delivery', 'ada@example.com').click()
    await pages.inspector.getByText('What ada saw').waitFor()
    await expect.poll(() => opened.page.url()).toContain('row=dlv_')
    // What a mail brings does nothing here: neither its script nor its style may even be refused.
    await opened.page.frameLocator('iframe').getByText('Hello').waitFor()
    await expect.poll(() => opened.page.locator('iframe').getAttribute('sandbox')).toBe('')
    await expectAccessible(opened.page)
    await opened.page.keyboard.press('Escape')
    await pages.inspector.waitFor({ state: 'detached' })
    await pages.button('Why, row by row').click()
    await opened.page.getByRole('list', { name: 'The rows that prove it' }).waitFor()
    await expect.poll(() => opened.page.url()).toContain('chain=1')
  })

  test('is sent once more with a reason, as a delivery of its own', async () => {
    await pages.row('delivery', 'ada@example.com').click()
    await pages.button('Resend...').click()
    await pages.confirm('Send 1 message', 'the customer asked')
    await pages.row('delivery', 'Email, once more').waitFor()
    await eventually(async () => (await api('GET', '/mailbox?to=ada@example.com')).body.items.length === 2)
    const { items } = (await api('GET', '/audit?action=delivery.resend')).body
    expect(items[0]).toMatchObject({ reason: 'the customer asked', actor: { kind: 'operator' } })
  })

  test('that is scheduled can be cancelled with a reason', async () => {
    const id = await send({ type: 'user.greeted', recipients: ['ada'], scheduledAt: new Date(Date.now() + 3_600_000).toISOString() })
    await opened.goto(`/events/${id}`)
    await pages.sentence.getByText(/^Not yet: it is scheduled for/).waitFor()
    await pages.button(/^Cancel\.\.\./).click()
    await pages.confirm('Cancel the event', 'sent by mistake')
    await pages.sentence.getByText(/^Nobody did: the event was cancelled/).waitFor()
  })

  test('changes under the eyes of whoever looks at it, without asking again and again', async () => {
    const id = await send({ type: 'user.greeted', recipients: ['ada'], scheduledAt: new Date(Date.now() + 3_600_000).toISOString() })
    await opened.goto(`/events/${id}`)
    await pages.sentence.getByText(/^Not yet/).waitFor()
    const asked: string[] = []
    opened.page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    // Its hour has come.
    await opened.pool.query('UPDATE outbox SET due_at = now() WHERE id = $1', [parsePublicId('event', id)])
    await opened.pool.query("SELECT pg_notify('outbox', '')")
    await pages.sentence.getByText('All 2 messages arrived.').waitFor()
    expect(asked.filter((path) => path === `/api/v1/events/${id}`).length).toBeLessThan(12)
  })
})

describe('lists', () => {
  test('keep filters in the URL, and move by keys', async () => {
    await ended(await send({ type: 'nobody.cares', recipients: ['ada'], subject: 'repo/7' }), 'unmatched')
    await opened.goto('/events')
    await pages.filter('event type', 'nobody.cares')
    await eventually(async () => (await pages.rows('Events, newest first').count()) === 1)
    await expect.poll(() => opened.page.url()).toContain('type=nobody.cares')
    await opened.page.reload()
    await eventually(async () => (await pages.rows('Events, newest first').count()) === 1)
    await pages.filter('subject', 'repo/8')
    await opened.page.getByText('No event matches these filters.').waitFor()
    await pages.button('Clear all').click()
    await eventually(async () => (await pages.rows('Events, newest first').count()) > 1)
    await expectAccessible(opened.page)
    await opened.page.keyboard.press('j')
    await opened.page.keyboard.press('Enter')
    await opened.page.waitForURL(/\/events\/evt_/)
  })

  test.each([
    ['/notifications', 'Notifications, newest first'],
    ['/recipients', 'Recipients by id'],
    ['/workflows', 'Workflows by key'],
  ])('%s shows its rows', async (path, name) => {
    await opened.goto(path)
    await pages.rows(name).first().waitFor()
    await expectAccessible(opened.page)
  })

  test('find notifications by address, whatever its case', async () => {
    await opened.goto('/notifications')
    await pages.filter('address', 'ADA@example.com')
    await expect
      .poll(() => pages.rows('Notifications, newest first').allTextContents())
      .toSatisfy((rows: string[]) => rows.length >= 2 && rows.every((row) => row.includes('ada@example.com')))
  })
})

describe('why did somebody not get something', () => {
  test('is answered on the page of the recipient, by event and for the last ones', async () => {
    await opened.goto('/recipients/mute')
    await pages.sentence.getByText(/mute opted out of email/).waitFor()
    await pages.rows('Last events').first().click()
    await opened.page
      .getByRole('list', { name: 'The rows that prove it' })
      .getByText(/^Preferences, last changed at/)
      .waitFor()
    await expect.poll(() => opened.page.url()).toContain('event=evt_')
    await expectAccessible(opened.page)
  })

  test('gives out a token for an inbox, shown once', async () => {
    await pages.button('Inbox token...').click()
    await pages.confirm('Give out a token')
    await opened.page.getByText('The token, shown here only.').waitFor()
    const token = (await opened.page.locator('.token pre').textContent())!
    const answer = await fetch(`${opened.url}/api/v1/inbox`, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
  })
})

describe('an endpoint', () => {
  test('is made with what is wrong said at its field, and its secret shown once', async () => {
    await opened.goto('/endpoints')
    await pages.button('New endpoint...').click()
    await pages.dialog.getByLabel('URL').fill('ftp://example.com')
    await pages.dialog.getByLabel('Event types').fill('order.*')
    await pages.button('Subscribe this URL').click()
    await pages.dialog.getByRole('alert').first().waitFor()
    await expectAccessible(opened.page, '[role=dialog], dialog')
    await pages.dialog.getByLabel('URL').fill(receiver.url)
    await pages.button('Subscribe this URL').click()
    await opened.page.getByText(/^whsec_/).waitFor()
    await pages.rows('Endpoints, newest first').first().click()
    await opened.page.waitForURL(/\/endpoints\/end_/)
  })

  test('answers a test call, is held with a reason, and sends what waited once it is enabled', async () => {
    receiver.answer(200)
    await pages.button('Test call').click()
    await opened.page.getByText(/^delivered, 200 after/).waitFor()
    await pages.button('Hold...').click()
    await pages.confirm('Hold this endpoint', 'they asked for quiet')
    await pages.sentence.getByText(/^Somebody disabled it at/).waitFor()
    receiver.received.length = 0
    const id = await send({ type: 'order.paid', data: { order: 1 } })
    await eventually(async () => (await api('GET', `/events/${id}`)).body.deliveries[0]?.state === 'held')
    await pages.rows('Last deliveries').getByText('held').waitFor()
    expect(receiver.received).toHaveLength(0)
    await expectAccessible(opened.page)
    await pages.button('Enable...').click()
    await pages.confirm('Enable this endpoint', 'they are ready')
    await eventually(() => receiver.received.length === 1)
    await pages.sentence.getByText('The last 1 delivery arrived.').waitFor()
    const { items } = (await api('GET', '/audit?action=endpoint.disable')).body
    expect(items[0]).toMatchObject({ reason: 'they asked for quiet', actor: { kind: 'operator' } })
  })

  test('gets a new secret, shown once', async () => {
    await pages.button('Rotate secret...').click()
    await pages.confirm('Make a new secret')
    await opened.page.getByText(/^whsec_/).waitFor()
  })
})

describe('a workflow', () => {
  test('is previewed with the data of a real event, and published with a reason', async () => {
    await api('PUT', '/workflows/greeting', {
      name: 'User greeted',
      eventType: 'user.greeted',
      steps: [{ id: 'mail', type: 'channel', channel: 'email', template: { subject: 'Good day {{ data.name }}', text: 'Hello' } }],
    })
    await opened.goto('/workflows/greeting')
    await pages.sentence.getByText('Version 1 is published. The draft, version 2, is newer and does nothing yet.').waitFor()
    await pages.button('Take the last event').click()
    await opened.page.getByText('Rendered with version 2').waitFor()
    await opened.page.locator('.rendered .title', { hasText: /^Good day/ }).waitFor()
    await expectAccessible(opened.page)
    await pages.button(/^Publish\.\.\./).click()
    await pages.confirm('Publish version 2', 'kinder words')
    await pages.sentence.getByText('Version 2 is published: every user.greeted goes through it.').waitFor()
    await opened.page.getByLabel('Recipient', { exact: true }).fill('ada')
    await pages.button('Send a test...').click()
    await pages.confirm('Send 1 event')
    await opened.page.getByRole('link', { name: 'Follow it' }).waitFor()
  })
})

test('a viewer reads everything and cannot act: the buttons say which role they need', async () => {
  const page = await opened.openAs('viewer')
  const theirs = new MessagesPages(page)
  const { items } = (await api('GET', '/events?type=user.greeted&state=completed')).body
  await opened.goto(`/events/${items[0].id}`, page)
  await theirs.sentence.waitFor()
  const resend = theirs.button(/^Resend\.\.\./)
  await expect.poll(() => resend.getAttribute('aria-disabled')).toBe('true')
  await expect.poll(() => resend.textContent()).toContain('Needs the role operator; you are viewer')
  await resend.click({ force: true })
  await expect.poll(() => theirs.dialog.count()).toBe(0)
  const { items: endpoints } = (await api('GET', '/endpoints')).body
  await opened.goto(`/endpoints/${endpoints[0].id}`, page)
  for (const name of [/^Hold\.\.\./, /^Test call/, /^Rotate secret\.\.\./, /^Delete\.\.\./]) {
    await expect.poll(() => theirs.button(name).getAttribute('aria-disabled'), { message: String(name) }).toBe('true')
  }
  await opened.goto('/send-test', page)
  await expect.poll(() => theirs.button(/^Send the event/).getAttribute('aria-disabled')).toBe('true')
  await expectAccessible(page)
})
