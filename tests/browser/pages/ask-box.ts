// The ask box, as a person uses it.
import type { Locator, Page } from 'playwright-core'

export class AskBox {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get box(): Locator {
    return this.page.getByRole('dialog', { name: 'Ask, or jump to anything' })
  }
  get options(): Locator {
    return this.box.getByRole('option')
  }
  async open(): Promise<void> {
    await this.page.keyboard.press('Control+k')
    await this.box.getByRole('combobox').waitFor()
  }
  async ask(text: string): Promise<void> {
    await this.box.getByRole('combobox').fill(text)
  }
  option(name: string | RegExp): Locator {
    return this.box.getByRole('option', { name }).first()
  }
}
