// Searching by those who may only look: what is found is shown without what is masked in it, and nothing is found by what is masked.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresIndex } from '#platform/search-index/index.ts'
import { rebuildIndex } from '#services/search/index.ts'
import type { DocumentSearch, LetterSearch, SimilarCauses } from '#shared/contracts/search.ts'
import { mask } from '#shared/redact.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { addOperator, openBrowser, type Browser } from '../support/operators.ts'
import { createPathRows } from '../support/path-rows.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let viewer: Browser
let operator: Browser

const address = 'ada.lovelace@example.com'
const token = 'Bearer abcdefghijklmnop'
/** Each stands in what was searched. */
const secrets = [address, 'lovelace', 'abcdefghijklmnop']

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app)
  const rows = createPathRows(platform)
  const die = async (errorCode: string, error: string): Promise<void> => {
    const event = await rows.accept({ type: 'lab.result', subject: `order/${address}` })
    const [written] = await rows.fanOut(event, [{ channel: 'email', recipientId: 'ada', address }])
    await rows.attempt(written!.deliveryId, { state: 'dead', errorCode, error })
  }
  await die('smtp-550', `550 no mailbox ${address} here`)
  // These words stand in the titles of their causes, too.
  await die('gateway-odd', `gateway refused ${token} at noon`)
  await die('gateway-even', `gateway refused ${token} at night`)
  await rebuildIndex({ pool: platform.pool, index: createPostgresIndex({ pool: platform.pool }), embedder: undefined })
  const signedIn = async (role: 'viewer' | 'operator'): Promise<Browser> => {
    const browser = openBrowser(http.url)
    await browser.signIn(await addOperator(platform.pool, { roles: { [platform.workspaceId]: role } }))
    return browser
  }
  viewer = await signedIn('viewer')
  operator = await signedIn('operator')
})

afterAll(async () => {
  await http?.close()
  await app?.close()
})

const secretsIn = (body: unknown): string[] => secrets.filter((secret) => JSON.stringify(body).includes(secret))

async function ask<T>(who: Browser, path: string): Promise<T> {
  const { status, body } = await who.call<T>('GET', path)
  expect([path, status]).toEqual([path, 200])
  return body
}

describe('what is found by words that are shown', () => {
  it.each([
    ['a dead letter', '/dead-letters/search?q=mailbox'],
    ['a dead letter among all kinds', '/search?kind=dead-letter&q=mailbox'],
    ['a cause', '/search?kind=cause&q=night'],
  ])('is shown to a viewer without what is masked in it: %s', async (_, path) => {
    const whole = await ask<DocumentSearch | LetterSearch>(operator, path)
    const theirs = await ask<DocumentSearch | LetterSearch>(viewer, path)
    expect(whole.items).toHaveLength(1)
    expect(secretsIn(whole)).not.toEqual([])
    expect(theirs.items.map(({ id }) => id)).toEqual(whole.items.map(({ id }) => id))
    expect(secretsIn(theirs)).toEqual([])
    expect(JSON.stringify(theirs)).toContain(mask)
  })

  it('is masked in the letter and in its snippet alike', async () => {
    const [letter] = (await ask<LetterSearch>(viewer, '/dead-letters/search?q=mailbox')).items
    expect(letter).toMatchObject({ error: { message: `550 no mailbox ${mask} here` }, eventSubject: mask })
    const [document] = (await ask<DocumentSearch>(viewer, '/search?kind=dead-letter&q=mailbox')).items
    expect(document).toMatchObject({ title: `550 no mailbox ${mask} here`, snippet: { text: `550 no mailbox ${mask} here` } })
  })

  it('is masked in causes that are alike', async () => {
    const [cause] = (await ask<DocumentSearch>(operator, '/search?kind=cause&q=noon')).items
    const path = `/dead-letters/causes/${cause!.id}/similar`
    expect((await ask<SimilarCauses>(operator, path)).items[0]!.title).toContain(token)
    const theirs = await ask<SimilarCauses>(viewer, path)
    expect(theirs.items[0]!.title).toBe(`gateway even: gateway refused ${mask} at night`)
    expect(secretsIn(theirs)).toEqual([])
  })
})

describe('what stands only where a viewer does not see it', () => {
  it.each(['/dead-letters/search?q=lovelace', '/search?kind=dead-letter&q=lovelace', '/search?kind=cause&q=abcdefghijklmnop'])(
    'finds them nothing: %s',
    async (path) => {
      expect((await ask<DocumentSearch>(operator, path)).items.length).toBeGreaterThan(0)
      expect((await ask<DocumentSearch>(viewer, path)).items).toEqual([])
    },
  )

  it.each(['/dead-letters/search?q=lovelce', '/search?kind=dead-letter&q=lovelce'])(
    'is not told as what a word with a mistake meant: %s',
    async (path) => {
      expect((await ask<DocumentSearch>(operator, path)).corrected).toEqual({ lovelce: ['lovelace'] })
      const { items, corrected } = await ask<DocumentSearch>(viewer, path)
      expect({ items, corrected }).toEqual({ items: [], corrected: {} })
    },
  )
})
