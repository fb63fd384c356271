// The built product as a user starts it: real processes, real HTTP, a data folder of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'

export interface ProductProcess {
  name: string
  pid: number
  port: number | null
}

export interface ApiAnswer<T = any> {
  status: number
  headers: Headers
  /** Parsed when it is JSON, else the text; null when empty. */
  body: T
}

export interface Product {
  /** http://127.0.0.1:PORT */
  url: string
  apiKey: string
  dataFolder: string
  /** Everything that it has printed so far. */
  output(): string
  /** One call under /api/v1 with the API key, for example api('POST', '/events', { ... }). A path that starts with // is taken from the root. */
  api<T = any>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer<T>>
  /** run/processes.json. */
  processes(): Promise<ProductProcess[]>
  /** Sends a signal (default SIGKILL) to the process of this name; resolves with its old pid. */
  kill(name: string, signal?: NodeJS.Signals): Promise<number>
  /** Ctrl-C, and waits until all has ended; throws when that takes more than two minutes or ends badly. Removes the data folder unless `keepData`. */
  stop(options?: { keepData?: boolean }): Promise<void>
}

export interface ProductOptions {
  env?: Record<string, string>
  /** As after `npm start --`. */
  flags?: string[]
  /** To start again on the data of another one. */
  dataFolder?: string
  /** The key of an earlier start on the same data. */
  apiKey?: string
}

const root = join(import.meta.dirname, '../..')
const readyTimeoutMs = 150_000
const stopTimeoutMs = 120_000

/** Resolves when it has printed its ready line. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'signalbox-product-')))
  const apiKey = options.apiKey ?? options.env?.SIGNALBOX_API_KEY ?? `sb_${randomBytes(24).toString('base64url')}`
  const child = spawn(process.execPath, ['tools/bootstrap.mjs', 'start', ...(options.flags ?? [])], {
    cwd: root,
    // Only what a shell would give: the variables of the test runner must not reach the product.
    env: { ...shellEnvironment(), PORT: '0', SIGNALBOX_DATA: dataFolder, SIGNALBOX_API_KEY: apiKey, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A Ctrl-C in the terminal of the tests is theirs.
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<number>((resolve) => child.once('exit', (code, signal) => resolve(code ?? (signal ? 128 : 1))))

  const url = await eventually(() => /^Signalbox is ready at (\S+)$/m.exec(output)?.[1] ?? child.exitCode !== null, {
    timeoutMs: readyTimeoutMs,
  }).catch(() => true)
  if (typeof url !== 'string') {
    await end(child, ended)
    if (!options.dataFolder) await rm(dataFolder, { recursive: true, force: true })
    throw new Error(`The product did not become ready. It printed:\n${output.slice(-6_000)}`)
  }

  const processes = async () => JSON.parse(await readFile(join(dataFolder, 'run/processes.json'), 'utf8')) as ProductProcess[]
  return {
    url,
    apiKey,
    dataFolder,
    output: () => output,
    processes,
    api: (method, path, body, headers) =>
      call(
        path.startsWith('//') ? url + path.slice(1) : `${url}/api/v1${path}`,
        method,
        { authorization: `Bearer ${apiKey}`, ...headers },
        body,
      ),
    async kill(name, signal = 'SIGKILL') {
      const found = (await processes()).find((entry) => entry.name === name)
      if (!found) throw new Error(`No process ${name}; there are ${(await processes()).map((entry) => entry.name).join(', ')}.`)
      process.kill(found.pid, signal)
      return found.pid
    },
    async stop({ keepData = false } = {}) {
      const code = await end(child, ended)
      if (!keepData) await rm(dataFolder, { recursive: true, force: true })
      if (code !== 0) throw new Error(`The product ended with ${code}. It printed:\n${output.slice(-6_000)}`)
    },
  }
}

function shellEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG, USER, XDG_CACHE_HOME, SIGNALBOX_CACHE } = process.env
  return { PATH, HOME, TMPDIR, LANG, USER, XDG_CACHE_HOME, SIGNALBOX_CACHE }
}

/** SIGINT, then SIGKILL when it does not listen; the exit code. */
async function end(child: ChildProcess, ended: Promise<number>): Promise<number> {
  child.kill('SIGINT')
  const late = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  const code = await ended
  clearTimeout(late)
  return code
}

async function call<T>(url: string, method: string, headers: Record<string, string>, body: unknown): Promise<ApiAnswer<T>> {
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(url, { method, headers: { ...type, ...headers }, redirect: 'manual', ...sent })
  const text = await response.text()
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: (text === '' ? null : isJson ? JSON.parse(text) : text) as T }
}
