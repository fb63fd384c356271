// The pages about messages as somebody uses them: events and their waterfall, endpoints, the form that sends a test.
import type { Locator, Page } from 'playwright-core'

export class MessagesPages {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name })
  }
  rows(list: string): Locator {
    return this.page.getByRole('table', { name: list }).locator('tbody tr')
  }
  field(name: string): Locator {
    return this.page.getByRole('search', { name: 'Filters' }).getByLabel(name, { exact: true })
  }
  /** Types into a filter and applies it. */
  async filter(name: string, value: string): Promise<void> {
    await this.field(name).fill(value)
    await this.field(name).press('Enter')
  }

  get sentence(): Locator {
    return this.page.locator('main .sentence').first()
  }
  get waterfall(): Locator {
    return this.page.getByRole('table', { name: 'What became of the event, over time' })
  }
  /** A row of the waterfall by what it is called. */
  row(kind: 'delivery' | 'attempt' | 'group', name: string | RegExp): Locator {
    return this.waterfall.locator(`.row.${kind}`).filter({ hasText: name })
  }
  get inspector(): Locator {
    return this.page.locator('section.inspector')
  }
  get dialog(): Locator {
    return this.page.getByRole('dialog')
  }

  /** Gives the reason and presses the button that does it. */
  async confirm(button: string, reason?: string): Promise<void> {
    if (reason !== undefined) await this.dialog.getByLabel('Reason').fill(reason)
    await this.dialog.getByRole('button', { name: button }).click()
    await this.dialog.waitFor({ state: 'detached' })
  }

  async sendTest(event: { type: string; recipients: string; data: string }): Promise<void> {
    await this.page.getByLabel('Event type').fill(event.type)
    await this.page.getByLabel('Recipients, one a line').fill(event.recipients)
    await this.page.getByLabel('Data, as JSON').fill(event.data)
    await this.button(/^Send/).click()
  }
}
