// What the tests of dead letters share: their routes over HTTP, and deliveries that died.
import { afterAll, beforeAll } from 'vitest'
import type { CauseView, LetterView } from '#shared/contracts/dead-letter.ts'
import type { Page } from '#shared/contracts/page.ts'
import { publicId } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiClient } from './api-client.ts'
import { serveRoutes, type HttpHarness } from './http-harness.ts'
import { createPathRows, type AttemptEnd, type MessagePlan, type PathRows } from './path-rows.ts'
import { openTestPlatform, type TestPlatform } from './test-platform.ts'

/** To be called at the top of a test file. */
export function useLetters() {
  let platform!: TestPlatform
  let app!: App
  let http!: HttpHarness
  let api!: ApiClient
  let path!: PathRows
  beforeAll(async () => {
    platform = await openTestPlatform()
    app = assembleApp(platform)
    http = await serveRoutes(app, (file) => /v1.(dead-letters|saved-views)/.test(file))
    api = createApiClient(http.url, platform.apiKey)
    path = createPathRows(platform)
  })
  afterAll(async () => {
    await http?.close()
    await app?.close()
  })
  return {
    get platform() {
      return platform
    },
    get http() {
      return http
    },
    get api() {
      return api
    },
    get path() {
      return path
    },
    /** A delivery that died; answers its UUID. */
    die: async (plan: MessagePlan, end: Partial<AttemptEnd> = {}, event: object = {}, rows = path): Promise<string> => {
      const id = await rows.accept({ type: 'pull_request.opened', ...event })
      const [written] = await rows.fanOut(id, [plan])
      await rows.attempt(written!.deliveryId, { state: 'dead', ...end })
      return written!.deliveryId
    },
    letterOf: async (deliveryId: string): Promise<LetterView> => {
      const { body } = await api.get<Page<LetterView>>('/dead-letters?limit=200')
      const letter = body.items.find((one) => one.deliveryId === publicId('delivery', deliveryId))
      if (!letter) throw new Error('no letter')
      return letter
    },
    causes: async (query = ''): Promise<CauseView[]> => (await api.get<Page<CauseView>>(`/dead-letters/causes${query}`)).body.items,
    /** Open letters of a filter. */
    openOf: async (query: string): Promise<LetterView[]> =>
      (await api.get<Page<LetterView>>(`/dead-letters?state=open&limit=200&${query}`)).body.items,
  }
}
