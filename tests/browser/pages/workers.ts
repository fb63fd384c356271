// The page of processes, as a person sees it.
import type { Locator, Page } from 'playwright-core'

export class WorkersPage {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get summary(): Locator {
    return this.page.locator('.summary')
  }
  row(name: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByRole('button', { name, exact: true }) })
  }
  get names(): Locator {
    return this.page.locator('td .name')
  }
  get panel(): Locator {
    return this.page.locator('aside.side')
  }
  async filter(label: 'Role' | 'State', value: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).selectOption(value)
  }
}
