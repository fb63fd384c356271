// nginx with deploy/nginx/nginx.conf as it is shipped: for `npm run servers`, and for tests of that file.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { findDebianProgram, installAdvice, type ServerProgram } from './debian-program.ts'
import type { EmbeddedServer } from './embedded-postgres.ts'
import { findFreePort, requireFreePort } from './free-port.ts'
import { endLeftover } from './process-identity.ts'
import { startServerProcess, type KeptProcess } from './server-process.ts'
import { StartFailed } from './start-failed.ts'
import { readJson, writeJson } from './state-file.ts'
import { createConnection } from 'node:net'

export interface EmbeddedNginxOptions {
  /** Its files are in `<dataFolder>/nginx`; its port and pid in `<dataFolder>/nginx.json`. */
  dataFolder: string
  /** API processes behind it, for example ['127.0.0.1:3000']. */
  upstream: string[]
  /** Networks whose X-Forwarded-Proto is believed; default: deploy/nginx/trusted-proxies.conf as it is. */
  trustedProxies?: string[]
  /** This port and no other; default: the one used last when it is free, else a random free one. */
  port?: number
  /** Called as soon as there is a process, before it is ready. */
  onSpawn?: (server: { pid: number; port: number }) => void
  /** Where a download is kept; default: SIGNALBOX_CACHE, else the user's cache folder. */
  cache?: string
  /** Default: `<dataFolder>/log/nginx.log`. */
  logFile?: string
  /** Gets progress lines. */
  say?: (line: string) => void
}

interface Kept extends KeptProcess {
  port: number
}

const shipped = resolve(import.meta.dirname, '../../deploy/nginx/nginx.conf')
const startTimeoutMs = 30_000

/** Finds nginx, downloading Debian's where that is possible without root. */
export function findNginxProgram(options: { cache: string | undefined; say: (line: string) => void }): Promise<ServerProgram> {
  return findDebianProgram(
    {
      name: 'nginx',
      program: 'nginx',
      packages: ['nginx', 'libpcre2-8-0', 'libssl3', 'zlib1g', 'libcrypt1'],
      unpackedPath: 'usr/sbin/nginx',
      versionFlag: '-v',
      missingMessage: () => `nginx is needed and was not found. Install it with: ${installAdvice({ brew: 'nginx', apt: 'nginx' })}`,
    },
    options,
  )
}

/** Starts nginx over these API processes. Resolves when it accepts connections; its answers are those of what is behind it. */
export async function startEmbeddedNginx(options: EmbeddedNginxOptions): Promise<EmbeddedServer> {
  const folder = join(options.dataFolder, 'nginx')
  const keptPath = join(options.dataFolder, 'nginx.json')
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const program = await findNginxProgram({ cache: options.cache ?? process.env.SIGNALBOX_CACHE, say: options.say ?? (() => {}) })

  const kept = readJson<Kept>(keptPath)
  if (kept) await endLeftover(kept, { graceMs: 5_000 })
  const port = options.port === undefined ? await findFreePort(kept?.port) : await requireFreePort(options.port)
  writeConfiguration(folder, port, options)

  return startServerProcess({
    name: 'nginx',
    command: program.path,
    // -e: without it the first thing it does is to open a log of the system's.
    args: ['-p', `${folder}/`, '-c', join(folder, 'nginx.conf'), '-e', 'stderr', '-g', 'daemon off;'],
    cwd: folder,
    env: { ...process.env, ...program.env },
    logFile: options.logFile ?? join(options.dataFolder, 'log', 'nginx.log'),
    ...{ port, startTimeoutMs, onSpawn: options.onSpawn },
    url: `http://127.0.0.1:${port}`,
    keep: (process) => writeJson(keptPath, { port, ...process } satisfies Kept),
    isReady: () => accepts(port),
  })
}

/** The shipped file; only where it listens, where it writes and what is behind it are this machine's. */
function writeConfiguration(folder: string, port: number, { upstream, trustedProxies }: EmbeddedNginxOptions): void {
  if (!existsSync(shipped)) throw new StartFailed(`${shipped} is missing: this copy of the project is not complete.`)
  const own = readFileSync(shipped, 'utf8')
    .replaceAll('/tmp/signalbox-nginx', join(folder, 'nginx'))
    .replace('listen 8080;', `listen 127.0.0.1:${port};`)
  if (!own.includes(`listen 127.0.0.1:${port};`)) throw new StartFailed(`${shipped} does not listen on port 8080 any more.`)
  // As root its workers would become `nobody`, who cannot reach a folder of the person who runs this.
  const asRoot = process.getuid?.() === 0 ? 'user root;\n' : ''
  writeFileSync(join(folder, 'nginx.conf'), asRoot + own)
  copyFileSync(join(shipped, '../problems.conf'), join(folder, 'problems.conf'))
  const servers = upstream.map((address) => `  server ${address} max_fails=1 fail_timeout=1s;\n`).join('')
  const rest = readFileSync(join(shipped, '../upstream.conf'), 'utf8').replace(/^ +server .*\n/gm, '')
  const trusted = trustedProxies?.map((network) => `${network} 1;\n`).join('')
  writeFileSync(join(folder, 'trusted-proxies.conf'), trusted ?? readFileSync(join(shipped, '../trusted-proxies.conf'), 'utf8'))
  writeFileSync(
    join(folder, 'upstream.conf'),
    rest.replace('upstream signalbox_api {\n', (head) => head + servers),
  )
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(1_000, () => done(false))
    socket.once('error', () => done(false))
    socket.once('connect', () => done(true))
  })
}
