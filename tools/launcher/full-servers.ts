// `npm start -- --full`: MinIO instead of the disk, Weaviate and the embedder for search by meaning, as a large installation has them.
import { join } from 'node:path'
import { ensureEmbedder, startEmbedder } from '../servers/embedder.ts'
import { minioProgram, startEmbeddedMinio } from './embedded-minio.ts'
import type { EmbeddedServer } from './embedded-postgres.ts'
import { startEmbeddedWeaviate, weaviateProgram } from './embedded-weaviate.ts'
import { findGoProgram } from './go-program.ts'
import { keepServer } from './keep-server.ts'
import type { ProcessFile } from './process-file.ts'
import type { Stack } from './stack.ts'

export interface FullServersOptions {
  /** SIGNALBOX_CACHE. */
  config: { SIGNALBOX_CACHE?: string | undefined }
  inherited: NodeJS.ProcessEnv
  dataFolder: string
  processFile: ProcessFile
  stack: Stack
  say: (line: string) => void
  isStopping: () => boolean
}

interface HowToStart {
  dataFolder: string
  cache: string | undefined
  say: (line: string) => void
  port: number | undefined
  onSpawn: (server: { pid: number; port: number }) => void
}

export interface FullServer {
  /** As in run/processes.json. */
  name: 'minio' | 'weaviate' | 'embedder'
  /** For people. */
  label: string
  /** When this variable is set, somebody else runs it. */
  unless: string
  install: (cache: string | undefined, say: (line: string) => void) => Promise<unknown>
  /** The server, and what the product has to know of it. */
  start: (how: HowToStart) => Promise<EmbeddedServer & { environment: Record<string, string> }>
}

const all: FullServer[] = [
  {
    name: 'minio',
    label: 'MinIO',
    unless: 'S3_ENDPOINT',
    install: (cache, say) => findGoProgram(minioProgram, { cache, say }),
    async start(how) {
      const server = await startEmbeddedMinio(how)
      const { url, accessKey, secretKey } = server
      return { ...server, environment: { S3_ENDPOINT: url, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey, S3_BUCKET: 'signalbox' } }
    },
  },
  {
    name: 'weaviate',
    label: 'Weaviate',
    unless: 'WEAVIATE_URL',
    install: (cache, say) => findGoProgram(weaviateProgram, { cache, say }),
    async start(how) {
      const server = await startEmbeddedWeaviate(how)
      const { url, grpcUrl, apiKey } = server
      return { ...server, environment: { WEAVIATE_URL: url, WEAVIATE_GRPC_URL: grpcUrl, WEAVIATE_API_KEY: apiKey } }
    },
  },
  {
    name: 'embedder',
    label: 'the embedder',
    unless: 'EMBEDDER_URL',
    install: ensureEmbedder,
    async start(how) {
      const server = await startEmbedder({ ...how, logFile: join(how.dataFolder, 'log', 'embedder.log') })
      return { ...server, environment: { EMBEDDER_URL: server.url } }
    },
  },
]

/** Builds and installs what is missing, one after the other, since each keeps the machine busy. Throws StartFailed with what cannot be had. */
export async function installFullServers(options: FullServersOptions): Promise<FullServer[]> {
  const needed = all.filter(({ unless }) => !options.inherited[unless])
  for (const { install } of needed) if (!options.isStopping()) await install(options.config.SIGNALBOX_CACHE, options.say)
  return needed
}

/** Starts them side by side and keeps them running; resolves with the environment for the product's processes. */
export async function startFullServers(servers: FullServer[], options: FullServersOptions): Promise<Record<string, string>> {
  const { dataFolder, processFile, stack, say } = options
  const environment: Record<string, string> = {}
  // All are waited for before an error is told, so that what did start is registered and can be stopped.
  const results = await Promise.allSettled(
    servers.map(async ({ name, label, start }) => {
      const how = { dataFolder, cache: options.config.SIGNALBOX_CACHE, say }
      const kept = await keepServer({ name, processFile, say, start: (again) => start({ ...how, ...again }) })
      stack.full.set(label, kept)
      Object.assign(environment, kept.first.environment)
    }),
  )
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return environment
}
