// One built product and one Chromium for all browser tests (vitest's global setup); each file works in a workspace of its own.
import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { startProduct } from '../../support/product.ts'
import { chromiumArguments, ensureChromium } from '../../../tools/chromium.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    browserProduct: SharedProduct
  }
}

export interface SharedProduct {
  url: string
  /** Of the first workspace, all scopes. */
  apiKey: string
  dataFolder: string
  admin: { email: string; password: string }
  /** Where Chromium listens. */
  browserEndpoint: string
}

const password = 'a password of the browser tests'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const executablePath = await ensureChromium()
  const [product, browser] = await Promise.all([
    startProduct({
      // Receivers of the tests listen on ports that are not known yet; retries come at once.
      env: {
        SIGNALBOX_ADMIN_PASSWORD: password,
        SIGNALBOX_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
        SIGNALBOX_RETRY_SCHEDULE: '0.1,0.2',
        // The smallest: what a broken upload has to prove takes no more bytes than that.
        SIGNALBOX_ATTACHMENT_PART_BYTES: String(5 * 1024 * 1024),
      },
    }),
    chromium.launchServer({ executablePath, args: chromiumArguments }),
  ])
  project.provide('browserProduct', {
    url: product.url,
    apiKey: product.apiKey,
    dataFolder: product.dataFolder,
    admin: { email: 'admin@localhost', password },
    browserEndpoint: browser.wsEndpoint(),
  })
  return async () => {
    await browser.close()
    await product.stop()
  }
}
