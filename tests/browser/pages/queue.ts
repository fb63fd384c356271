// The page of a queue, as a person uses it.
import type { Locator, Page } from 'playwright-core'

export class QueuePage {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get oldest(): Locator {
    return this.page.locator('[data-figure=oldest] strong')
  }
  get waiting(): Locator {
    return this.page.locator('[data-figure=waiting] dd')
  }
  get pills(): Locator {
    return this.page.locator('#crumb .pill')
  }
  get flow(): Locator {
    return this.page.locator('.flow > p')
  }
  get concurrency(): Locator {
    return this.page.locator('.stepper output')
  }
  get rows(): Locator {
    return this.page.locator('.jobs tbody tr')
  }
  get tabs(): Locator {
    return this.page.getByRole('tab')
  }
  box(row: number): Locator {
    return this.rows.nth(row).getByRole('checkbox')
  }
  get search(): Locator {
    return this.page.getByRole('searchbox', { name: 'Search jobs' })
  }
  get operation(): Locator {
    return this.page.locator('[data-operation]')
  }
  get why(): Locator {
    return this.page.locator('.why .sentence')
  }
  lane(id: string): Locator {
    return this.page.locator(`[data-lane="${id}"]`)
  }
  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name })
  }
  /** Fills the dialog that is open and confirms it. */
  async confirm(answers: { reason: string; count?: number; field?: string }): Promise<void> {
    const dialog = this.page.locator('dialog[open]')
    if (answers.field !== undefined) await dialog.locator('input').first().fill(answers.field)
    await dialog.getByLabel('Reason, kept in the audit log').fill(answers.reason)
    if (answers.count !== undefined) await dialog.getByLabel(/^Type /).fill(String(answers.count))
    await dialog.locator('button[type=submit]').click()
    await dialog.waitFor({ state: 'detached' })
  }
}
