// A MinIO of our own: for `npm start -- --full`, and for tests against a real S3.
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { minioVersion } from '../servers/versions.ts'
import type { EmbeddedServer } from './embedded-postgres.ts'
import { findFreePort, requireFreePort } from './free-port.ts'
import { findGoProgram, type GoProgram } from './go-program.ts'
import { endLeftover } from './process-identity.ts'
import { answersOk, startServerProcess, type KeptProcess } from './server-process.ts'
import { readJson, writeJson } from './state-file.ts'

export interface EmbeddedMinioOptions {
  /** Its files are in `<dataFolder>/minio`; its port, keys and pid in `<dataFolder>/minio.json`. */
  dataFolder: string
  /** This port and no other; default: the one used last when it is free, else a random free one. */
  port?: number
  /** Called as soon as there is a process, before it is ready. */
  onSpawn?: (server: { pid: number; port: number }) => void
  /** Where the built program is kept; default: SIGNALBOX_CACHE, else the user's cache folder. */
  cache?: string
  /** Default: `<dataFolder>/log/minio.log`. */
  logFile?: string
  /** Gets progress lines. */
  say?: (line: string) => void
}

export interface EmbeddedMinio extends EmbeddedServer {
  accessKey: string
  secretKey: string
}

interface Kept extends KeptProcess {
  port: number
  accessKey: string
  secretKey: string
}

export const minioProgram: GoProgram = {
  ...minioVersion,
  name: 'MinIO',
  instead: 'set S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY to an S3 of your own',
}

const startTimeoutMs = 90_000

/** Starts the MinIO of this data folder, taking over from one that a killed process left behind. Resolves when it is alive and can write. */
export async function startEmbeddedMinio(options: EmbeddedMinioOptions): Promise<EmbeddedMinio> {
  const folder = join(options.dataFolder, 'minio')
  const keptPath = join(options.dataFolder, 'minio.json')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const program = await findGoProgram(minioProgram, { cache: options.cache ?? process.env.SIGNALBOX_CACHE, say: options.say ?? (() => {}) })

  const kept = readJson<Kept>(keptPath)
  if (kept) await endLeftover(kept, { graceMs: 5_000 })
  const port = options.port === undefined ? await findFreePort(kept?.port) : await requireFreePort(options.port)
  const accessKey = kept?.accessKey ?? 'signalbox'
  const secretKey = kept?.secretKey ?? randomBytes(24).toString('base64url')
  const url = `http://127.0.0.1:${port}`

  const server = await startServerProcess({
    name: 'MinIO',
    command: program,
    args: ['server', '--quiet', '--address', `127.0.0.1:${port}`, folder],
    cwd: folder,
    env: {
      ...{ PATH: process.env.PATH, HOME: options.dataFolder, TMPDIR: process.env.TMPDIR },
      ...{ MINIO_ROOT_USER: accessKey, MINIO_ROOT_PASSWORD: secretKey },
      // No pages of its own, and nothing asked of other hosts.
      ...{ MINIO_BROWSER: 'off', MINIO_UPDATE: 'off', MINIO_CALLHOME_ENABLE: 'off' },
    },
    logFile: options.logFile ?? join(options.dataFolder, 'log', 'minio.log'),
    ...{ port, url, startTimeoutMs, onSpawn: options.onSpawn },
    keep: (process) => writeJson(keptPath, { port, accessKey, secretKey, ...process } satisfies Kept, 0o600),
    // "Live" comes before the disks are ready; "cluster" is when an object can be written.
    isReady: async () => (await answersOk(`${url}/minio/health/live`)) && (await answersOk(`${url}/minio/health/cluster`)),
  })
  return { ...server, accessKey, secretKey }
}
