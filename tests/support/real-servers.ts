// MinIO and Weaviate as they are, for test suites; run with `npm run test:servers` (not part of `npm test`, which needs no Go).
//
// Which files belong to it: `tests/servers/**/*.test.ts` and `*.servers.test.ts` under tests/conformance/ (a shared suite
// `tests/conformance/object-store.ts`, run against disk by `object-store.test.ts` and against MinIO by `object-store.servers.test.ts`).
// They have what integration tests have too: Postgres and Redis (createTestDatabase, openTestPlatform) and the watch for leaks.
// One file: `npm run test:servers -- conformance/object-store`.
//
//   const minio = await startMinio()          // in beforeAll; a free port, a data folder and keys of its own; the bucket is yours to make
//   minio.endpoint, minio.accessKey, minio.secretKey
//   await minio.kill()                        // SIGKILL, resolves when it is gone; minio.pause() and resume() for one that hangs
//   await minio.restart()                     // on the same data, the same port, the same keys; resolves when it answers
//   await minio.stop()                        // in afterAll; also removes its files
//
// startWeaviate() gives { url, grpcUrl, apiKey }, startClamav() { url }, and the same verbs. It asks for the key and has AUTOSCHEMA off.
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedMinio } from '../../tools/launcher/embedded-minio.ts'
import { startEmbeddedClamav } from '../../tools/launcher/embedded-clamav.ts'
import type { EmbeddedServer } from '../../tools/launcher/embedded-postgres.ts'
import { startEmbeddedWeaviate } from '../../tools/launcher/embedded-weaviate.ts'
import { sendSignal } from '../../tools/launcher/process-identity.ts'

export interface RealServer {
  /** The process that runs; another one after restart(). */
  pid(): number
  /** SIGKILL. Resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGSTOP: connections are accepted by the kernel, and nothing is ever answered. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** Starts it again on the same data, port and keys, ending it in order first when it runs. */
  restart(): Promise<void>
  /** Ends it and removes its files. Safe to call twice. */
  stop(): Promise<void>
}

export interface RealMinio extends RealServer {
  /** http://127.0.0.1:PORT */
  endpoint: string
  accessKey: string
  secretKey: string
}

export interface RealWeaviate extends RealServer {
  /** http://127.0.0.1:PORT */
  url: string
  /** http://127.0.0.1:PORT2 */
  grpcUrl: string
  apiKey: string
}

export async function startMinio(): Promise<RealMinio> {
  const { first, verbs } = await hold('minio', startEmbeddedMinio)
  return { endpoint: first.url, accessKey: first.accessKey, secretKey: first.secretKey, ...verbs }
}

export async function startWeaviate(): Promise<RealWeaviate> {
  const { first, verbs } = await hold('weaviate', startEmbeddedWeaviate)
  return { url: first.url, grpcUrl: first.grpcUrl, apiKey: first.apiKey, ...verbs }
}

export interface RealClamav extends RealServer {
  /** tcp://127.0.0.1:PORT */
  url: string
}

/** It knows one signature: that of the EICAR test file. `streamMaxMegabytes`: the longest stream it takes. */
export async function startClamav(settings: { streamMaxMegabytes?: number } = {}): Promise<RealClamav> {
  const { first, verbs } = await hold('clamav', (options) => startEmbeddedClamav({ ...options, ...settings }))
  return { url: first.url, ...verbs }
}

async function hold<S extends EmbeddedServer>(
  name: string,
  start: (options: { dataFolder: string; port?: number; say: (line: string) => void }) => Promise<S>,
): Promise<{ first: S; verbs: RealServer }> {
  const dataFolder = await mkdtemp(join(tmpdir(), `signalbox-${name}-`))
  const first = await start({ dataFolder, say: console.log }).catch((error: Error) => {
    rmSync(dataFolder, { recursive: true, force: true })
    throw error
  })
  let server = first
  // A test process that ends early must not leave servers behind.
  const atExit = () => {
    sendSignal(-server.pid, 'SIGKILL')
    rmSync(dataFolder, { recursive: true, force: true })
  }
  process.once('exit', atExit)
  const verbs: RealServer = {
    pid: () => server.pid,
    async kill() {
      sendSignal(-server.pid, 'SIGKILL')
      await server.exited
    },
    pause: () => void sendSignal(server.pid, 'SIGSTOP'),
    resume: () => void sendSignal(server.pid, 'SIGCONT'),
    async restart() {
      await end(server)
      server = await start({ dataFolder, port: first.port, say: console.log })
    },
    async stop() {
      process.off('exit', atExit)
      await end(server)
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
  return { first, verbs }
}

/** A paused one would not hear the signal to end. */
async function end(server: EmbeddedServer): Promise<void> {
  sendSignal(server.pid, 'SIGCONT')
  await server.stop()
}
