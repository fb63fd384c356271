// The frame around every page, as a person sees it.
import { eventually } from '../../support/eventually.ts'
import type { Locator, Page } from 'playwright-core'

export class Frame {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get title(): Locator {
    return this.page.locator('#crumb h1')
  }
  get navigation(): Locator {
    return this.page.getByRole('navigation', { name: 'Pages' })
  }
  item(name: string): Locator {
    return this.navigation.getByRole('link', { name: new RegExp(`^${name}`) })
  }
  get current(): Locator {
    return this.navigation.locator('[aria-current=page]')
  }
  get ledger(): Locator {
    return this.page.locator('header > .ledger')
  }
  get age(): Locator {
    return this.page.locator('header .clock .age')
  }
  /** Below the page, while its picture stands still: why. */
  get still(): Locator {
    return this.page.locator('.right > .still')
  }
  /** When the newest live picture was taken; resolves when there is another than `last` (default: the one there is now). */
  async nextPicture(last?: string | null): Promise<string | null> {
    const taken = () => this.page.locator('header .clock').getAttribute('title')
    const before = last ?? (await taken())
    return eventually(async () => ((await taken()) !== before ? taken() : undefined))
  }
  async jump(letter: string): Promise<void> {
    await this.page.keyboard.press('g')
    await this.page.keyboard.press(letter)
  }
}
