// A whole cause edited by a JSON Patch: tried on a sample, sent as a replay of edited copies. And a replay that a person ends.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts'
import { DeadLettersPage } from './pages/dead-letters.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()
let receiver: WebhookReceiver
let letters: DeadLettersPage

beforeAll(async () => {
  receiver = await startWebhookReceiver()
  letters = new DeadLettersPage(opened.page)
  await opened.workspace.api('POST', '/endpoints', { url: receiver.url, eventTypes: ['order.*'], retrySchedule: [] })
})
afterAll(() => receiver.close())

const openLetters = async (): Promise<number> => (await opened.workspace.api('GET', '/dead-letters/counts')).body.open

/** Lets events with these data die; the receiver is well again afterwards. */
async function letThemDie(data: object[]): Promise<void> {
  receiver.answer(400)
  await opened.workspace.api('POST', '/events/batch', { events: data.map((one) => ({ type: 'order.paid', data: one })) })
  await eventually(async () => (await openLetters()) === data.length)
  receiver.answer(200)
  receiver.received.length = 0
}

test('a patch is tried on a sample of the cause, and sent as edited copies', async () => {
  await letThemDie([...Array.from({ length: 12 }, (_, order) => ({ order, amount: 'ten' })), { order: 12 }])
  await opened.goto('/dead-letters')
  await letters.cause('HTTP 400').click()
  await letters.button('Edit all...').click()
  const dialog = opened.page.getByRole('dialog')
  const patch = dialog.getByLabel('JSON Patch')
  await patch.fill('[{ "op": "replace", ')
  await dialog.getByText(/This is not JSON/).waitFor()
  await patch.fill('[{ "op": "replace", "path": "amount", "value": 10 }]')
  await dialog.getByRole('button', { name: 'Try it' }).click()
  await dialog.getByText(/must be a JSON Pointer/).waitFor()
  await patch.fill('[{ "op": "replace", "path": "/amount", "value": 10 }]')
  await dialog.getByRole('button', { name: 'Try it' }).click()
  await dialog.getByText('Fits 12 of 13 letters.').waitFor()
  await expect.poll(() => dialog.locator('.sample > li').count()).toBe(10)
  await expectAccessible(opened.page)
  expect(receiver.received).toHaveLength(0)
  await dialog.getByRole('button', { name: 'Use it for the replay' }).click()
  await letters.startReplay('amounts are numbers', 13)
  await letters.run.getByText('completed', { exact: true }).waitFor({ timeout: 60_000 })
  expect(receiver.received.map((one) => one.body.data.amount)).toEqual(Array.from({ length: 12 }, () => 10))
  // What it did not fit stays as it was.
  await expect.poll(openLetters).toBe(1)
})

test('a replay that waits for its canary is aborted with a reason; what was not sent stays open', async () => {
  const [left] = (await opened.workspace.api('GET', '/dead-letters?state=open')).body.items
  await opened.workspace.api('POST', '/dead-letters/discard', { filter: { cause: left.causeId }, reason: 'done' })
  await letThemDie([{ order: 20 }, { order: 21 }, { order: 22 }])
  const canary = { perCause: 1, waitSeconds: 3_600 }
  const { body } = await opened.workspace.api('POST', '/replays', { filter: {}, canary, reason: 'slowly' })
  await opened.goto(`/replays/${body.id}`)
  await expect.poll(() => receiver.received.length).toBe(1)
  await letters.run.getByRole('button', { name: 'Abort' }).click()
  await letters.answerDialog('the wrong ones', 'Abort')
  await letters.run.getByText('aborted', { exact: true }).waitFor()
  await letters.run.getByRole('button', { name: 'Resume...' }).waitFor()
  await expect.poll(openLetters).toBe(2)
  expect(receiver.received).toHaveLength(1)
})
