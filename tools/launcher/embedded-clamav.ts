// ClamAV's clamd as it is, for `npm run servers` and for tests: with one signature of our own, that of the EICAR test file, so that no
// database of some hundred megabytes has to be downloaded. Real installations run freshclam, and point CLAMAV_URL at their clamd.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { findDebianProgram, installAdvice, type ServerProgram } from './debian-program.ts'
import type { EmbeddedServer } from './embedded-postgres.ts'
import { findFreePort, requireFreePort } from './free-port.ts'
import { endLeftover } from './process-identity.ts'
import { startServerProcess, type KeptProcess } from './server-process.ts'
import { readJson, writeJson } from './state-file.ts'

export interface EmbeddedClamavOptions {
  /** Its files are in `<dataFolder>/clamav`; its port and pid in `<dataFolder>/clamav.json`. */
  dataFolder: string
  /** This port and no other; default: the one used last when it is free, else a random free one. */
  port?: number
  /** Called as soon as there is a process, before it is ready. */
  onSpawn?: (server: { pid: number; port: number }) => void
  /** Where a download is kept; default: SIGNALBOX_CACHE, else the user's cache folder. */
  cache?: string
  /** Default: `<dataFolder>/log/clamav.log`. */
  logFile?: string
  /** Gets progress lines. */
  say?: (line: string) => void
  /** The longest stream it takes; default: 2 GB, the largest that it can be told to look into. */
  streamMaxMegabytes?: number
}

interface Kept extends KeptProcess {
  port: number
}

const startTimeoutMs = 60_000
const mostMegabytes = 2_000

/** In two, so that this file itself is not taken for malware. */
const eicar = String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR` + String.raw`-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

/** What a scanner must find: harmless, and known to all of them (eicar.org). */
export const eicarTestFile = Buffer.from(eicar, 'latin1')

/** Finds clamd, downloading Debian's where that is possible without root: 12 MB, 34 MB unpacked. */
export function findClamavProgram(options: { cache: string | undefined; say: (line: string) => void }): Promise<ServerProgram> {
  return findDebianProgram(
    {
      name: 'ClamAV',
      program: 'clamd',
      packages: [
        'clamav-daemon',
        'libclamav12',
        'libcurl4',
        'libjson-c5',
        'libmspack0',
        'libpcre2-8-0',
        'libxml2',
        'libbz2-1.0',
        'libssl3',
      ].concat(['libncurses6', 'libtinfo6', 'libsystemd0', 'zlib1g']),
      unpackedPath: 'usr/sbin/clamd',
      versionFlag: '--help',
      missingMessage: () =>
        `clamd is needed and was not found. Install it with: ${installAdvice({ brew: 'clamav', apt: 'clamav-daemon', dnf: 'clamd', apk: 'clamav-daemon', pacman: 'clamav' })}`,
    },
    options,
  )
}

/** Starts clamd over its one signature. Resolves when it answers PING. */
export async function startEmbeddedClamav(options: EmbeddedClamavOptions): Promise<EmbeddedServer> {
  const folder = join(options.dataFolder, 'clamav')
  const keptPath = join(options.dataFolder, 'clamav.json')
  for (const name of ['signatures', 'temporary']) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 })
  const program = await findClamavProgram({ cache: options.cache ?? process.env.SIGNALBOX_CACHE, say: options.say ?? (() => {}) })

  const kept = readJson<Kept>(keptPath)
  if (kept) await endLeftover(kept, { graceMs: 5_000 })
  const port = options.port === undefined ? await findFreePort(kept?.port) : await requireFreePort(options.port)
  writeFileSync(join(folder, 'signatures', 'signalbox.ndb'), `Signalbox.Eicar-Test:0:*:${eicarTestFile.toString('hex')}\n`)
  writeFileSync(join(folder, 'clamd.conf'), configuration(folder, port, options.streamMaxMegabytes ?? mostMegabytes))

  return startServerProcess({
    name: 'ClamAV',
    command: program.path,
    args: ['--config-file', join(folder, 'clamd.conf')],
    cwd: folder,
    env: { ...process.env, ...program.env },
    logFile: options.logFile ?? join(options.dataFolder, 'log', 'clamav.log'),
    ...{ port, startTimeoutMs, onSpawn: options.onSpawn },
    url: `tcp://127.0.0.1:${port}`,
    keep: (process) => writeJson(keptPath, { port, ...process } satisfies Kept),
    isReady: () => answersPing(port),
  })
}

/** The three limits belong together: what is longer than the second and third would pass as clean without having been looked at. */
function configuration(folder: string, port: number, streamMax: number): string {
  const lines = {
    ...{ DatabaseDirectory: join(folder, 'signatures'), TemporaryDirectory: join(folder, 'temporary') },
    ...{ TCPAddr: '127.0.0.1', TCPSocket: port, Foreground: 'yes' },
    ...{ StreamMaxLength: `${streamMax}M`, MaxScanSize: `${mostMegabytes}M`, MaxFileSize: `${mostMegabytes}M`, AlertExceedsMax: 'yes' },
    // As root it would become a user that this system may not have.
    ...(process.getuid?.() === 0 ? { User: 'root' } : {}),
  }
  return Object.entries(lines)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write('zPING\0'))
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(1_000, () => done(false))
    socket.once('error', () => done(false))
    socket.once('data', (data) => done(data.toString().startsWith('PONG')))
  })
}
