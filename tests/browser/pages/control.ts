// Sign-in and the pages under Control, as a person sees them.
import type { Locator, Page } from 'playwright-core'

export class SignInPage {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  async submit(email: string, password: string): Promise<void> {
    await this.page.getByLabel('Email').fill(email)
    await this.page.getByLabel('Password', { exact: true }).fill(password)
    await this.page.getByRole('button', { name: 'Sign in' }).click()
  }
  get problem(): Locator {
    return this.page.getByRole('alert')
  }
}

export class ControlPage {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get rows(): Locator {
    return this.page.locator('.data-table tbody tr')
  }
  row(text: string | RegExp): Locator {
    return this.rows.filter({ hasText: text })
  }
  get panel(): Locator {
    return this.page.locator('aside.side')
  }
  get dialog(): Locator {
    return this.page.locator('dialog[open]')
  }
  /** What is shown once; closes the dialog. */
  async takeSecret(): Promise<string> {
    const secret = (await this.dialog.locator('[data-secret]').textContent()) ?? ''
    await this.dialog.getByRole('button', { name: 'I have it' }).click()
    await this.dialog.waitFor({ state: 'detached' })
    return secret
  }
  /** Pulls a lever of the panel and gives its reason. */
  async pull(lever: string | RegExp, reason: string): Promise<void> {
    await this.panel.getByRole('button', { name: lever }).click()
    await this.dialog.getByLabel('Reason, kept in the audit log').fill(reason)
    await this.dialog.locator('button[type=submit]').click()
  }
}
