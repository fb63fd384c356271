// Signing in and out, and the pages under Control, in Chromium against the built product.
import type { Page } from 'playwright-core'
import { expect, inject, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { addOperator } from '../support/operators.ts'
import { ControlPage, SignInPage } from './pages/control.ts'
import { expectAccessible } from './support/axe.ts'
import { useConsole } from './support/console.ts'

const opened = useConsole()
const { admin } = inject('browserProduct')
const reason = 'asked for in ticket 4711'

/** Somebody who is not signed in. */
async function asNobody(work: (page: Page) => Promise<void>): Promise<void> {
  const context = await opened.context.browser()!.newContext({ baseURL: opened.url, reducedMotion: 'reduce' })
  context.setDefaultTimeout(60_000)
  try {
    await work(await context.newPage())
  } finally {
    await context.close()
  }
}

/** What a session may do is remembered for some seconds: reads the page again until it shows what it should. */
async function reloadUntil(page: Page, seen: () => Promise<unknown>): Promise<void> {
  await eventually(
    async () => {
      await page.reload()
      await seen()
      return true
    },
    { timeoutMs: 150_000 },
  )
}

test('signing in leads to where one wanted to go; a wrong password says so', () =>
  asNobody(async (page) => {
    await page.goto(`/audit?workspace=${opened.workspace.key}&q=x`)
    await page.waitForURL('**/sign-in?next=**')
    const form = new SignInPage(page)
    await expectAccessible(page)
    await form.submit(admin.email, 'not the password')
    await eventually(async () => expect(await form.problem.textContent()).toContain('do not belong together'))
    await expectAccessible(page)
    await form.submit(admin.email, admin.password)
    await page.waitForURL((url) => url.pathname === '/audit')
    await expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe('x')
    await page.locator('.who').first().click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL((url) => url.pathname === '/sign-in')
    await expect.poll(() => page.getByRole('status').first().textContent()).toContain('signed out')
    await page.goto('/operators')
    await page.waitForURL((url) => url.pathname === '/sign-in')
  }))

test('signing in never leads to another site', () =>
  asNobody(async (page) => {
    await page.goto('/sign-in?next=//evil.example/')
    await new SignInPage(page).submit(admin.email, admin.password)
    await eventually(async () => expect(new URL(page.url()).pathname).toBe('/'))
    await expect.poll(() => new URL(page.url()).origin).toBe(opened.url)
  }))

test('a session that ended sends its page to sign in, and back', async () => {
  const operator = await addOperator(opened.pool, { roles: { [opened.workspace.id]: 'admin' } })
  await asNobody(async (page) => {
    await page.goto('/api-keys')
    const form = new SignInPage(page)
    await form.submit(operator.email, operator.password)
    await new ControlPage(page).rows.first().waitFor()
    await opened.pool.query('UPDATE operator SET session_epoch = session_epoch + 1 WHERE email = $1', [operator.email])
    await reloadUntil(page, () => page.waitForURL((url) => url.pathname === '/sign-in', { timeout: 20_000 }))
    await form.submit(operator.email, operator.password)
    await page.waitForURL((url) => url.pathname === '/api-keys')
  })
})

test('the audit shows who did what and why, filtered in the URL, with before and after', async () => {
  const { api } = opened.workspace
  const key = (await api('POST', '/api-keys', { name: 'to be renamed', scopes: ['recipients'] })).body as { id: string }
  await api('PATCH', `/api-keys/${key.id}`, { name: 'renamed' })
  await api('DELETE', `/api-keys/${key.id}`, { reason })
  await opened.goto('/audit')
  const audit = new ControlPage(opened.page)
  await audit.row('revoked an API key').first().waitFor()
  await expect.poll(() => audit.row('revoked an API key').first().textContent()).toContain(reason)
  await opened.page.getByLabel('any word').fill('renamed')
  await opened.page.keyboard.press('Enter')
  await eventually(async () => expect(await audit.row('signed in').count()).toBe(0))
  await expect.poll(() => new URL(opened.page.url()).searchParams.get('q')).toBe('renamed')
  await audit.row('changed an API key').first().click()
  await audit.panel.waitFor()
  await expect.poll(() => audit.panel.getByRole('row', { name: /^name/ }).textContent()).toContain('to be renamed')
  await expectAccessible(opened.page)
  await opened.page.reload()
  await audit.panel.waitFor()
  await opened.page.keyboard.press('Escape')
  await audit.panel.waitFor({ state: 'detached' })
})

test('a key is made, shown once, works, and is revoked with a reason', async () => {
  await opened.goto('/api-keys')
  const keys = new ControlPage(opened.page)
  await opened.page.getByRole('button', { name: 'Make a key...' }).click()
  await keys.dialog.getByLabel('Name').fill('made in the browser')
  await keys.dialog.getByText('send and cancel events').click()
  await expectAccessible(opened.page)
  await keys.dialog.getByRole('button', { name: 'Make the key' }).click()
  const secret = await keys.takeSecret()
  expect(secret).toMatch(/^sb_[\w-]{32}$/)
  expect(await opened.page.content()).not.toContain(secret)
  expect((await opened.workspace.api('POST', '/events', { type: 'a.b', recipients: [] }, secret)).status).toBe(202)
  expect((await opened.workspace.api('GET', '/events', undefined, secret)).status).toBe(403)
  await keys.row('made in the browser').click()
  await expectAccessible(opened.page)
  await keys.pull('Revoke...', reason)
  await eventually(async () => expect(await keys.row('made in the browser').textContent()).toContain('revoked'))
  await eventually(async () =>
    expect((await opened.workspace.api('POST', '/events', { type: 'a.b', recipients: [] }, secret)).status).toBe(401),
  )
})

test('a person is added, signs in, changes role, and is out when disabled', async () => {
  await opened.goto('/operators')
  const people = new ControlPage(opened.page)
  await opened.page.getByRole('button', { name: 'Add an operator...' }).click()
  const email = `ada-${opened.workspace.key}@example.com`
  await people.dialog.getByLabel('Name').fill('Ada')
  await people.dialog.getByLabel('Email').fill(email)
  await expectAccessible(opened.page)
  await people.dialog.getByRole('button', { name: 'Add', exact: true }).click()
  const password = await people.takeSecret()
  await asNobody(async (page) => {
    await page.goto('/operators')
    await new SignInPage(page).submit(email, password)
    await page.getByText('Needs the role admin; you are viewer').waitFor()
    await expectAccessible(page)

    await people.row(email).click()
    await people.panel.getByLabel(/^Role in/).selectOption('admin')
    await people.pull('Change the role...', reason)
    await eventually(async () => expect(await people.row(email).textContent()).toContain('Admin'))
    await reloadUntil(page, () => page.getByRole('button', { name: 'Add an operator...' }).waitFor({ timeout: 20_000 }))

    await expectAccessible(opened.page)
    await people.pull('Disable...', reason)
    await eventually(async () => expect(await people.row(email).textContent()).toContain('disabled'))
    await reloadUntil(page, () => page.waitForURL((url) => url.pathname === '/sign-in', { timeout: 20_000 }))
  })
  await opened.goto('/operators')
  await people.row(admin.email).click()
  const lever = people.panel.getByRole('button', { name: 'Disable...' })
  await expect.poll(() => lever.getAttribute('aria-disabled')).toBe('true')
  await expect.poll(() => lever.getAttribute('title')).toContain('This is you')
})

test('names that the workspace masks are shown to viewers no more', async () => {
  const { api } = opened.workspace
  const { body: sold } = await api('POST', '/events', { type: 'shoe.sold', data: { shoeSize: 'forty-four', title: 'Boot' } })
  const viewer = await opened.openAs('viewer')
  await opened.goto(`/events/${sold.id}`, viewer)
  await viewer.getByText('forty-four').first().waitFor()
  await opened.goto('/settings', viewer)
  await viewer.getByLabel('Further names of fields to mask').fill('shoeSize')
  const theirs = viewer.getByRole('button', { name: 'Change what is masked...' })
  await expect.poll(() => theirs.getAttribute('aria-disabled')).toBe('true')

  await opened.goto('/settings')
  const settings = new ControlPage(opened.page)
  const change = opened.page.getByRole('button', { name: 'Change what is masked...' })
  await expect.poll(() => change.getAttribute('title')).toBe('Nothing was changed.')
  await opened.page.getByLabel('Further names of fields to mask').fill('shoeSize\ndiagnosis')
  await change.click()
  await settings.dialog.getByText('2 names more masked.').waitFor()
  await settings.dialog.getByLabel('Reason, kept in the audit log').fill(reason)
  await settings.dialog.getByRole('button', { name: 'Change it' }).click()
  await opened.page.getByText('Changed.', { exact: true }).waitFor()
  await expectAccessible(opened.page)
  await opened.goto(`/events/${sold.id}`, viewer)
  await viewer.getByText('\u2022\u2022\u2022').first().waitFor()
  await expect.poll(() => viewer.getByText('forty-four').count()).toBe(0)
})

test('settings change the own password, and workspaces for owners only', async () => {
  const page = await opened.openAs('operator')
  await opened.goto('/settings', page)
  await page.getByLabel('Current password').fill('not it')
  await page.getByLabel('New password, at least 10 characters').fill('a new password of mine')
  await page.getByLabel('The new one again').fill('a new password of mine')
  const change = page.getByRole('button', { name: 'Change the password' })
  await change.click()
  await page.getByText('That is not your current password.').waitFor()
  await page.getByLabel('Current password').fill('a password of the tests')
  await change.click()
  await page.getByText('Every other session of yours has ended').waitFor()
  await expect.poll(() => page.getByRole('heading', { name: 'Workspaces' }).count()).toBe(0)
  await expectAccessible(page)
  await page.reload()
  await change.waitFor()

  await opened.goto('/settings')
  const settings = new ControlPage(opened.page)
  await opened.page.getByRole('button', { name: 'Make a workspace...' }).click()
  const key = `n${opened.workspace.key}`
  await settings.dialog.getByLabel('Name').fill('Made here')
  await settings.dialog.getByLabel(/^Key/).fill(key)
  await settings.dialog.getByRole('button', { name: 'Make the workspace' }).click()
  await settings.row(key).getByRole('button', { name: 'Show it' }).click()
  await opened.page.waitForURL(`**/?workspace=${key}`)
})
