// Commands beside a running `npm start -- --full` mean the servers that it started.
import { join, resolve } from 'node:path'
import { root } from './launcher/environment.ts'
import { readJson } from './launcher/state-file.ts'

/**
 * Adds to the environment where MinIO, Weaviate and the embedder of the running Signalbox are (SIGNALBOX_DATA, as databaseUrl takes it).
 * What is set already stays; with no such servers nothing happens. To be called before the configuration is read.
 */
export function useRunningServers(environment: NodeJS.ProcessEnv = process.env): void {
  const dataFolder = resolve(root, environment.SIGNALBOX_DATA || '.data')
  const running = readJson<{ name: string; port: number }[]>(join(dataFolder, 'run', 'processes.json')) ?? []
  const addressOf = (name: string) => {
    const found = running.find((entry) => entry.name === name)
    return found && `http://127.0.0.1:${found.port}`
  }
  const set = (values: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(values)) if (value !== undefined) environment[name] ||= value
  }
  const [s3, weaviate, embedder] = [addressOf('minio'), addressOf('weaviate'), addressOf('embedder')]
  if (s3 && !environment.S3_ENDPOINT) {
    const kept = readJson<{ accessKey: string; secretKey: string }>(join(dataFolder, 'minio.json'))
    set({ S3_ENDPOINT: s3, S3_ACCESS_KEY: kept?.accessKey, S3_SECRET_KEY: kept?.secretKey })
  }
  if (weaviate && !environment.WEAVIATE_URL) {
    const kept = readJson<{ apiKey: string; ports: { grpc: number } }>(join(dataFolder, 'weaviate.json'))
    set({ WEAVIATE_URL: weaviate, WEAVIATE_GRPC_URL: kept && `http://127.0.0.1:${kept.ports.grpc}`, WEAVIATE_API_KEY: kept?.apiKey })
  }
  set({ EMBEDDER_URL: embedder })
}
