// A draft is made, written, previewed while it is typed, saved, met by somebody else's, compared and published, in the browser.
import { beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { MessagesPages } from './pages/messages.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()
let pages: MessagesPages
beforeAll(() => {
  pages = new MessagesPages(opened.page)
})
const api = (method: string, path: string, body?: unknown) => opened.workspace.api(method, path, body)
const draft = async () => (await api('GET', '/workflows/order-paid')).body
const step = (id: string) => opened.page.getByRole('group', { name: `Step ${id}` })
const saves = async () => (await api('GET', '/audit?action=workflow.save&subjectId=order-paid')).body.items

describe('a draft', () => {
  test('is made by its key, and opened for writing', async () => {
    await opened.goto('/workflows')
    await pages.button('New workflow...').click()
    await pages.dialog.getByLabel('Key').fill('Order')
    await pages.dialog.getByLabel('Name').fill('Order paid')
    await pages.dialog.getByLabel('Event type').fill('order.paid')
    await pages.dialog.getByRole('button', { name: 'Make the draft' }).click()
    await pages.dialog.getByRole('alert').getByText('key').waitFor()
    await pages.dialog.getByLabel('Key').fill('order-paid')
    await pages.dialog.getByRole('button', { name: 'Make the draft' }).click()
    await opened.page.getByRole('heading', { name: 'Editing the draft, version 1' }).waitFor()
    expect(await draft()).toMatchObject({ name: 'Order paid', eventType: 'order.paid', draftVersion: 1, publishedVersion: null })
  })

  test('is previewed while it is typed; what cannot be read stands at its field, and is not saved', async () => {
    await opened.page.getByLabel('Data of the event').fill('{ "order": 7 }')
    await step('bell').getByLabel('Title').fill('Order {{ data.order }} is paid')
    await opened.page.locator('.rendered').getByText('Order 7 is paid').waitFor()
    await step('bell').getByLabel('Title').fill('Order {{ data.order')
    await step('bell').getByRole('alert').getByText('line 1: output').waitFor()
    await pages.button(/^Save the draft/).click()
    await step('bell').getByRole('alert').getByText('line 1: output').waitFor()
    expect((await draft()).draftVersion).toBe(1)
    await step('bell').getByLabel('Title').fill('Order {{ data.order }} is paid')
    await pages.button('Add a mail').click()
    await step('mail').getByLabel('Subject').fill('Paid: {{ data.order }}')
    await pages.button(/^Save the draft/).click()
    await step('mail').getByRole('alert').getByText('must have html, text or both').waitFor()
    await step('mail').getByLabel('Text', { exact: true }).fill('Thank you.')
    await step('mail').getByRole('button', { name: 'Move this step up' }).click()
    await expectAccessible(opened.page)
    await pages.button(/^Save the draft/).click()
    await opened.page.getByText('Saved as version 2.').waitFor()
    expect((await draft()).steps.map((each: { id: string }) => each.id)).toEqual(['mail', 'bell'])
    expect((await saves())[0]).toMatchObject({
      actor: { kind: 'operator' },
      details: { before: { draftVersion: 1 }, after: { draftVersion: 2 } },
    })
  })

  test('is not lost by walking away without asking', async () => {
    await step('bell').getByLabel('Body').fill('half a thought')
    await opened.page.getByRole('link', { name: 'Queues' }).first().click()
    await pages.dialog.getByText('What you have typed and not saved is lost.').waitFor()
    await pages.dialog.getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(() => step('bell').getByLabel('Body').inputValue()).toBe('half a thought')
  })

  test('that somebody else has saved meanwhile is shown beside, and written over only when that is said', async () => {
    const { body: now } = await api('GET', '/workflows/order-paid')
    const { key: _key, draftVersion: _draft, publishedVersion: _published, createdAt: _created, updatedAt: _updated, ...theirs } = now
    await api('PUT', '/workflows/order-paid', { ...theirs, name: 'Their name' })
    await pages.button(/^Save the draft/).click()
    const conflict = opened.page.getByRole('alert').filter({ hasText: 'Somebody else has saved this draft meanwhile.' })
    await conflict.getByText('You began with version 2, it is version 3 now.').waitFor()
    await conflict.getByText('+ half a thought').waitFor()
    await conflict.getByText('- Their name').waitFor()
    expect((await draft()).name).toBe('Their name')
    await pages.button('Save mine over it').click()
    await opened.page.getByText('Saved as version 4.').waitFor()
    await conflict.waitFor({ state: 'detached' })
    expect(await draft()).toMatchObject({ name: 'Order paid', draftVersion: 4 })
  })
})

test('what publishing changes stands on the page, and publishing takes a reason', async () => {
  await api('POST', '/workflows/order-paid/publish')
  await opened.goto('/workflows/order-paid?edit=1')
  await step('bell').getByLabel('Title').fill('Order {{ data.order }}: thank you')
  await expect.poll(() => pages.button(/^Publish\.\.\./).getAttribute('aria-disabled')).toBe('true')
  await pages.button(/^Save the draft/).click()
  await opened.page.getByText('Saved as version 5.').waitFor()
  await pages.button('Stop editing').click()
  const changes = opened.page.locator('.changes')
  await changes.getByText('What publishing changes, against version 4').waitFor()
  await changes.getByText('- Order {{ data.order }} is paid').waitFor()
  await changes.getByText('+ Order {{ data.order }}: thank you').waitFor()
  await expectAccessible(opened.page)
  await pages.button(/^Publish\.\.\./).click()
  await pages.dialog.getByText('Changes 1 place').waitFor()
  await pages.confirm('Publish version 5', 'warmer words')
  await pages.sentence.getByText('Version 5 is published: every order.paid goes through it.').waitFor()
  await changes.waitFor({ state: 'detached' })
  const { body } = await api('GET', '/audit?action=workflow.publish&subjectId=order-paid')
  expect(body.items[0]).toMatchObject({ reason: 'warmer words' })
  const { body: accepted } = await api('POST', '/events', { type: 'order.paid', recipients: ['ada'], data: { order: 8 } })
  await eventually(async () =>
    JSON.stringify((await api('GET', `/notifications?event=${accepted.id}`)).body).includes('Order 8: thank you'),
  )
})

test('is read and written as JSON, held against what the API takes, with the same rule for two who write', async () => {
  const { page } = opened
  await opened.goto('/workflows/order-paid?as=json')
  await page.locator('pre.definition').getByText('"eventType": "order.paid"').waitFor()
  await expectAccessible(page)
  await pages.button('Edit the draft').click()
  const field = page.getByLabel('The draft as JSON')
  await field.waitFor()
  const { draftVersion, ...rest } = await draft()
  const { name, eventType, critical, email, steps } = rest
  const definition = { name, eventType, critical, email, steps }
  const save = pages.button(/^Save the draft/)
  const form = pages.button('Form')
  await field.fill('{ "name": ')
  await page.getByRole('alert').getByText('is not JSON').waitFor()
  await expect.poll(() => save.getAttribute('aria-disabled')).toBe('true')
  await field.fill(JSON.stringify({ ...definition, colour: 'red' }))
  await expect.poll(() => form.getAttribute('aria-disabled')).toBe('true')
  await save.click()
  await page
    .getByRole('alert')
    .getByText(/colour/)
    .waitFor()
  expect((await draft()).draftVersion).toBe(draftVersion)
  await page.getByLabel('Data of the event').fill('{ "order": 9 }')
  const written = steps.map((each: any) => (each.id === 'bell' ? { ...each, template: { title: 'As JSON: {{ data.order }}' } } : each))
  await field.fill(JSON.stringify({ ...definition, steps: written }, null, 2))
  await page.locator('.rendered').getByText('As JSON: 9').waitFor()
  await expectAccessible(page)
  await save.click()
  await page.getByText(`Saved as version ${draftVersion + 1}.`).waitFor()
  expect(new URL(page.url()).searchParams.get('as')).toBe('json')
  await form.click()
  await expect.poll(() => step('bell').getByLabel('Title').inputValue()).toBe('As JSON: {{ data.order }}')
  await pages.button('JSON').click()
  await api('PUT', '/workflows/order-paid', { ...definition, name: 'Theirs again' })
  await field.fill(JSON.stringify({ ...definition, name: 'Mine again' }))
  await save.click()
  const conflict = page.getByRole('alert').filter({ hasText: 'Somebody else has saved this draft meanwhile.' })
  await conflict.getByText('- Theirs again').waitFor()
  await pages.button('Take theirs, drop mine').click()
  await expect.poll(() => field.inputValue()).toContain('"name": "Theirs again"')
})

test('keeps the preview in sight beside a long draft', async () => {
  const { page } = opened
  const { body: now } = await api('GET', '/workflows/order-paid')
  const { name, eventType, critical, email } = now
  const steps = Array.from({ length: 8 }, (_, n) => ({
    id: `step-${n}`,
    type: 'channel',
    channel: 'email',
    template: { subject: `Subject ${n}`, text: 'Text' },
  }))
  await api('PUT', '/workflows/order-paid', { name, eventType, critical, email, steps })
  await opened.goto('/workflows/order-paid?edit=1')
  await step('step-7').scrollIntoViewIfNeeded()
  const top = async () => (await page.getByRole('heading', { name: 'Preview', exact: true }).boundingBox())?.y ?? -1
  await expect.poll(top).toSatisfy((y: number) => y >= 48 && y < 200)
  await page.getByRole('button', { name: /^Render/ }).click({ trial: true })
})

test('a viewer reads a draft and cannot edit it', async () => {
  const page = await opened.openAs('viewer')
  await opened.goto('/workflows/order-paid', page)
  const edit = new MessagesPages(page).button(/^Edit the draft/)
  await expect.poll(() => edit.getAttribute('aria-disabled')).toBe('true')
  await opened.goto('/workflows/order-paid?edit=1', page)
  const save = new MessagesPages(page).button(/^Save the draft/)
  await expect.poll(() => save.getAttribute('aria-disabled')).toBe('true')
})
