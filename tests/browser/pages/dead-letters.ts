// The page of dead letters, as a person uses it.
import type { Locator, Page } from 'playwright-core'

export class DeadLettersPage {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get causes(): Locator {
    return this.page.getByRole('navigation', { name: 'Causes' })
  }
  cause(title: string): Locator {
    return this.causes.getByRole('button', { name: new RegExp(title, 'i') })
  }
  get sentence(): Locator {
    return this.page.locator('.cause-head .sentence')
  }
  get letters(): Locator {
    return this.page.getByRole('table', { name: 'Letters' }).locator('tbody tr')
  }
  get bar(): Locator {
    return this.page.getByRole('form', { name: 'Replay' })
  }
  get run(): Locator {
    return this.page.getByRole('region', { name: 'Replay' })
  }
  get panel(): Locator {
    return this.page.locator('aside.letter')
  }
  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name })
  }
  async startReplay(reason: string, count: number): Promise<void> {
    await this.bar.getByLabel('Reason').fill(reason)
    await this.bar.getByLabel(/^Type .* to confirm$/).fill(String(count))
    await this.bar.getByRole('button', { name: /^(Start with|Replay)/ }).click()
  }
  async answerDialog(reason: string, confirm: string | RegExp, count?: number): Promise<void> {
    const dialog = this.page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill(reason)
    if (count !== undefined) await dialog.getByLabel(/^Type/).fill(String(count))
    await dialog.getByRole('button', { name: confirm }).click()
    await dialog.waitFor({ state: 'detached' })
  }
}
