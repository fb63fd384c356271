// What `npm run servers` knows of each server: how it is made to be here, how it is started, and what it is then called in the environment.
import { findClamavProgram, startEmbeddedClamav } from '../launcher/embedded-clamav.ts'
import { minioProgram, startEmbeddedMinio } from '../launcher/embedded-minio.ts'
import { findNginxProgram, startEmbeddedNginx } from '../launcher/embedded-nginx.ts'
import { startEmbeddedPostgres, type EmbeddedServer } from '../launcher/embedded-postgres.ts'
import { startEmbeddedRedis } from '../launcher/embedded-redis.ts'
import { startEmbeddedWeaviate, weaviateProgram } from '../launcher/embedded-weaviate.ts'
import { findGoProgram } from '../launcher/go-program.ts'
import { findRedisProgram } from '../launcher/redis-program.ts'

interface InstallOptions {
  cache: string | undefined
  say: (line: string) => void
}

interface StartOptions extends InstallOptions {
  dataFolder: string
  /** Where the API is, or will be: nginx passes on to it. */
  apiPort: number
}

interface ServerKind {
  /** Rejects with what is missing and what to do. */
  install(options: InstallOptions): Promise<unknown>
  start(options: StartOptions): Promise<{ server: EmbeddedServer; lines: string[] }>
}

export type ServerName = 'postgres' | 'redis' | 'minio' | 'weaviate' | 'clamav' | 'nginx'

export const serverKinds: Record<ServerName, ServerKind> = {
  postgres: {
    // Comes with the dependencies.
    install: () => Promise.resolve(),
    async start(options) {
      const server = await startEmbeddedPostgres({ dataFolder: options.dataFolder })
      return { server, lines: [`DATABASE_URL=${server.url}`] }
    },
  },
  redis: {
    install: findRedisProgram,
    async start(options) {
      const server = await startEmbeddedRedis(options)
      return { server, lines: [`REDIS_URL=${server.url}`] }
    },
  },
  minio: {
    install: (options) => findGoProgram(minioProgram, options),
    async start(options) {
      const server = await startEmbeddedMinio(options)
      return { server, lines: [`S3_ENDPOINT=${server.url}`, `S3_ACCESS_KEY=${server.accessKey}`, `S3_SECRET_KEY=${server.secretKey}`] }
    },
  },
  weaviate: {
    install: (options) => findGoProgram(weaviateProgram, options),
    async start(options) {
      const server = await startEmbeddedWeaviate(options)
      return {
        server,
        lines: [`WEAVIATE_URL=${server.url}`, `WEAVIATE_GRPC_URL=${server.grpcUrl}`, `WEAVIATE_API_KEY=${server.apiKey}`],
      }
    },
  },
  clamav: {
    install: findClamavProgram,
    async start(options) {
      const server = await startEmbeddedClamav(options)
      return { server, lines: [`CLAMAV_URL=${server.url}`] }
    },
  },
  nginx: {
    install: findNginxProgram,
    async start(options) {
      const upstream = [`127.0.0.1:${options.apiPort}`]
      const server = await startEmbeddedNginx({ ...options, upstream })
      return { server, lines: [`${server.url}, in front of http://${upstream[0]}`] }
    },
  },
}
