// A Weaviate of our own: for `npm start -- --full`, and for tests against the real one.
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { weaviateVersion } from '../servers/versions.ts'
import type { EmbeddedServer } from './embedded-postgres.ts'
import { findFreePort, findFreePortPair, requireFreePort } from './free-port.ts'
import { findGoProgram, type GoProgram } from './go-program.ts'
import { endLeftover } from './process-identity.ts'
import { answersOk, startServerProcess, type KeptProcess } from './server-process.ts'
import { readJson, writeJson } from './state-file.ts'

export interface EmbeddedWeaviateOptions {
  /** Its files are in `<dataFolder>/weaviate`; its ports, key and pid in `<dataFolder>/weaviate.json`. */
  dataFolder: string
  /** This port for REST and no other; default: the one used last when it is free, else a random free one. */
  port?: number
  /** Called as soon as there is a process, before it is ready. */
  onSpawn?: (server: { pid: number; port: number }) => void
  /** Where the built program is kept; default: SIGNALBOX_CACHE, else the user's cache folder. */
  cache?: string
  /** Default: `<dataFolder>/log/weaviate.log`. */
  logFile?: string
  /** Gets progress lines. */
  say?: (line: string) => void
}

export interface EmbeddedWeaviate extends EmbeddedServer {
  grpcUrl: string
  apiKey: string
}

/** Besides REST it listens on five more. The last four are for a cluster's other nodes; two of them are by its own rule one above another. */
interface Ports {
  grpc: number
  /** And the one above it, for data between nodes. */
  gossip: number
  /** And the one above it, for its calls between nodes: as one of several on a loopback it dials that and no other. */
  raft: number
}

interface Kept extends KeptProcess {
  port: number
  ports: Ports
  apiKey: string
}

export const weaviateProgram: GoProgram = {
  ...weaviateVersion,
  name: 'Weaviate',
  instead: 'set WEAVIATE_URL, WEAVIATE_GRPC_URL and WEAVIATE_API_KEY to one of your own',
}

const startTimeoutMs = 120_000

/** Starts the Weaviate of this data folder, taking over from one that a killed process left behind. Resolves when it says that it is ready. */
export async function startEmbeddedWeaviate(options: EmbeddedWeaviateOptions): Promise<EmbeddedWeaviate> {
  const folder = join(options.dataFolder, 'weaviate')
  const keptPath = join(options.dataFolder, 'weaviate.json')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const program = await findGoProgram(weaviateProgram, {
    cache: options.cache ?? process.env.SIGNALBOX_CACHE,
    say: options.say ?? (() => {}),
  })

  const kept = readJson<Kept>(keptPath)
  if (kept) await endLeftover(kept, { graceMs: 10_000 })
  const port = options.port === undefined ? await findFreePort(kept?.port) : await requireFreePort(options.port)
  const ports = await findPorts(port, kept?.ports)
  const apiKey = kept?.apiKey ?? randomBytes(24).toString('base64url')
  const url = `http://127.0.0.1:${port}`

  const server = await startServerProcess({
    name: 'Weaviate',
    command: program,
    args: ['--scheme', 'http', '--host', '127.0.0.1', '--port', String(port)],
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: options.dataFolder, TMPDIR: process.env.TMPDIR, ...serverEnvironment(folder, ports, apiKey) },
    logFile: options.logFile ?? join(options.dataFolder, 'log', 'weaviate.log'),
    ...{ port, url, startTimeoutMs, onSpawn: options.onSpawn },
    // It closes its files one shard after the other.
    stopGraceMs: 20_000,
    keep: (process) => writeJson(keptPath, { port, ports, apiKey, ...process } satisfies Kept, 0o600),
    isReady: () => answersOk(`${url}/v1/.well-known/ready`),
  })
  return { ...server, grpcUrl: `http://127.0.0.1:${ports.grpc}`, apiKey }
}

async function findPorts(port: number, kept: Ports | undefined): Promise<Ports> {
  const taken = new Set([port])
  const grpc = await findFreePort(kept?.grpc, taken)
  taken.add(grpc)
  const gossip = await findFreePortPair(kept?.gossip, taken)
  taken.add(gossip).add(gossip + 1)
  return { grpc, gossip, raft: await findFreePortPair(kept?.raft, taken) }
}

/** One node, on the loopback alone, that asks for a key and tells nobody about itself. */
function serverEnvironment(folder: string, ports: Ports, apiKey: string): NodeJS.ProcessEnv {
  return {
    PERSISTENCE_DATA_PATH: folder,
    DEFAULT_VECTORIZER_MODULE: 'none',
    DISABLE_TELEMETRY: 'true',
    // Its debug listener would take a fixed port of the machine.
    GO_PROFILING_DISABLE: 'true',
    LOG_LEVEL: 'warning',
    // A spelling mistake in a property must be an error, not a new column.
    AUTOSCHEMA_ENABLED: 'false',
    AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: 'false',
    AUTHENTICATION_APIKEY_ENABLED: 'true',
    AUTHENTICATION_APIKEY_ALLOWED_KEYS: apiKey,
    AUTHENTICATION_APIKEY_USERS: 'signalbox',
    AUTHORIZATION_ADMINLIST_ENABLED: 'true',
    AUTHORIZATION_ADMINLIST_USERS: 'signalbox',
    CLUSTER_HOSTNAME: 'node1',
    CLUSTER_IN_LOCALHOST: 'true',
    CLUSTER_BIND_ADDR: '127.0.0.1',
    CLUSTER_ADVERTISE_ADDR: '127.0.0.1',
    CLUSTER_GOSSIP_BIND_PORT: String(ports.gossip),
    CLUSTER_DATA_BIND_PORT: String(ports.gossip + 1),
    RAFT_PORT: String(ports.raft),
    RAFT_INTERNAL_RPC_PORT: String(ports.raft + 1),
    RAFT_BOOTSTRAP_EXPECT: '1',
    GRPC_PORT: String(ports.grpc),
    // A full disk makes it read-only at 90%; a shared machine of developers is often there with room to spare.
    DISK_USE_READONLY_PERCENTAGE: '97',
    DISK_USE_WARNING_PERCENTAGE: '95',
  }
}
