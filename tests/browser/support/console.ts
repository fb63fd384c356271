// Opens the console in a context of its own, signed in, in a workspace of its own; watches what no page may ever do.
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, onTestFailed, beforeEach } from 'vitest'
import type { Pool } from '#platform/postgres/index.ts'
import type { OperatorRole } from '#shared/roles.ts'
import { createApiClient } from '../../support/api-client.ts'
import { eventually } from '../../support/eventually.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'
import { addOperator } from '../../support/operators.ts'
import { openDatabase } from './database.ts'
import { addWorkspace, type TestWorkspace } from './workspace.ts'

const failures = join(import.meta.dirname, '../../../test-results/browser')

export interface ConsoleOptions {
  /** 'own': empty, this file's alone. 'first': the one that the product was seeded with, shared with other files. */
  workspace?: 'own' | 'first'
  /** Signs in with less than an admin of the instance. */
  role?: OperatorRole
  width?: number
  height?: number
  theme?: 'light' | 'dark'
  /** The browser reaches the product through a line that the test can cut: `opened.line`. */
  cuttable?: boolean
}

export interface TestConsole {
  url: string
  workspace: TestWorkspace
  pool: Pool
  /** Only where it is asked for. */
  line: TcpProxy
  context: BrowserContext
  page: Page
  /** Another tab of the same person. */
  openTab(): Promise<Page>
  /** A page of the workspace: `goto('/queues')`. */
  goto(path: string, page?: Page): Promise<void>
  /** Somebody else, in the same workspace: signed in, in a context of their own. */
  openAs(role: OperatorRole): Promise<Page>
  /** SIGKILL to the API process; the launcher starts another one. */
  killApi(): Promise<void>
  /** What broke the content policy so far, in every page of every context. */
  cspReports: string[]
  /** Errors that no page caught. */
  pageErrors: string[]
  /** Requests that left for elsewhere. */
  strangers: string[]
}

/**
 * Call it at the top of a file; the object is filled before the first test. After the last one nothing may have broken the content
 * policy, thrown, or asked another host. A failed test leaves a picture in test-results/browser/.
 */
export function useConsole(options: ConsoleOptions = {}): TestConsole {
  const shared = inject('browserProduct')
  const opened = { url: shared.url, cspReports: [] as string[], pageErrors: [] as string[], strangers: [] as string[] } as TestConsole
  const contexts: BrowserContext[] = []
  let browser: Browser

  async function openContext(credentials: { email: string; password: string }): Promise<BrowserContext> {
    const context = await browser.newContext({
      baseURL: opened.url,
      viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
      colorScheme: options.theme ?? 'dark',
      reducedMotion: 'reduce',
    })
    contexts.push(context)
    context.setDefaultTimeout(60_000)
    await context.exposeBinding('reportViolation', (_, text: string) => void opened.cspReports.push(text))
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        const report = (globalThis as unknown as { reportViolation?: (text: string) => void }).reportViolation
        report?.(`${event.effectiveDirective} ${event.blockedURI} ${event.sample} at ${event.documentURI}`)
      })
    })
    context.on('weberror', (error) => void opened.pageErrors.push(String(error.error())))
    context.on('request', (request) => {
      const { protocol, origin } = new URL(request.url())
      if (/^https?:$/.test(protocol) && origin !== opened.url) opened.strangers.push(request.url())
    })
    const { email, password } = credentials
    const answer = await context.request.post('/api/v1/session', { data: { email, password }, headers: { origin: opened.url } })
    if (!answer.ok()) throw new Error(`Signing in answered ${answer.status()}: ${await answer.text()}`)
    // What an operator belongs to may be remembered for some seconds.
    await eventually(
      async () => {
        const session = (await (await context.request.get('/api/v1/session')).json()) as { workspaces: { key: string }[] }
        return session.workspaces.some(({ key }) => key === opened.workspace.key)
      },
      { intervalMs: 250 },
    )
    return context
  }

  beforeAll(async () => {
    browser = await chromium.connect(shared.browserEndpoint)
    opened.pool = await openDatabase(shared.dataFolder)
    if (options.cuttable) {
      const url = new URL(shared.url)
      opened.line = await startTcpProxy({ host: '127.0.0.1', port: Number(url.port) })
      url.port = String(opened.line.port)
      opened.url = url.origin
    }
    if (options.workspace === 'first') {
      const { rows } = await opened.pool.query<{ id: string; key: string }>("SELECT id, key FROM workspace WHERE key = 'production'")
      opened.workspace = { ...rows[0]!, apiKey: shared.apiKey, api: createApiClient(shared.url, shared.apiKey).call }
    } else opened.workspace = await addWorkspace(opened.pool, shared.url, shared.admin.email)

    const operatorOf = (role: OperatorRole) => addOperator(opened.pool, { roles: { [opened.workspace.id]: role }, name: `A ${role}` })
    opened.context = await openContext(options.role ? await operatorOf(options.role) : shared.admin)
    opened.page = await opened.context.newPage()
    opened.killApi = async () => {
      const file = await readFile(join(shared.dataFolder, 'run/processes.json'), 'utf8')
      const api = (JSON.parse(file) as { name: string; pid: number }[]).find(({ name }) => name.startsWith('api-'))
      if (api) process.kill(api.pid, 'SIGKILL')
    }
    opened.openTab = () => opened.context.newPage()
    opened.openAs = async (role) => (await openContext(await operatorOf(role))).newPage()
    opened.goto = async (path, page = opened.page) => {
      const target = new URL(path, opened.url)
      target.searchParams.set('workspace', opened.workspace.key)
      await page.goto(target.href)
    }
  })

  beforeEach(() => {
    onTestFailed(async ({ task }) => {
      mkdirSync(failures, { recursive: true })
      for (const [index, page] of contexts.flatMap((context) => context.pages()).entries()) {
        const name = `${task.name.replace(/[^a-z0-9]+/gi, '-').slice(0, 80)}-${index}.png`
        await page.screenshot({ path: join(failures, name) }).catch(() => {})
      }
    })
  })

  afterAll(async () => {
    await Promise.all(contexts.map((context) => context.close()))
    await browser?.close()
    await opened.pool?.end()
    await opened.line?.close()
    expect(opened.cspReports, 'the content policy was broken').toEqual([])
    expect(opened.pageErrors, 'errors that no page caught').toEqual([])
    expect(opened.strangers, 'requests to other hosts').toEqual([])
  })

  return opened
}
