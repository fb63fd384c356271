// The map, as a person uses it.
import type { Locator, Page } from 'playwright-core'

export class MapPage {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  place(id: string): Locator {
    return this.page.locator(`[data-place="${id}"]`)
  }
  line(id: string): Locator {
    return this.page.locator(`[data-line="${id}"]`)
  }
  label(id: string): Locator {
    return this.page.locator(`[data-label="${id}"]`)
  }
  get lines(): Locator {
    return this.page.locator('[data-line]')
  }
  get wagons(): Locator {
    return this.page.locator('.train')
  }
  get panel(): Locator {
    return this.page.getByRole('complementary')
  }
  get fold(): Locator {
    return this.page.locator('.fold')
  }
  row(id: string): Locator {
    return this.page.locator(`[data-row="${id}"]`)
  }
  kind(name: string): Locator {
    return this.page.getByRole('checkbox', { name })
  }
  get slider(): Locator {
    return this.page.getByRole('slider', { name: 'Moment shown' })
  }
  async show(view: 'Map' | 'Table'): Promise<void> {
    await this.page.getByRole('button', { name: view, exact: true }).click()
  }
  /** Answers the open dialog. */
  async confirm(button: string, reason: string): Promise<void> {
    const dialog = this.page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill(reason)
    await dialog.getByRole('button', { name: button }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  async follow(id: string): Promise<void> {
    await this.page.keyboard.press('f')
    await this.page.getByRole('textbox', { name: 'Follow an event' }).fill(id)
    await this.page.keyboard.press('Enter')
  }
  param(name: string): string | null {
    return new URL(this.page.url()).searchParams.get(name)
  }
}
