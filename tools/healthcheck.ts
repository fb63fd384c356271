// For containers: `node tools/healthcheck.ts api` asks the API of this container, `node tools/healthcheck.ts worker` looks for a fresh
// heartbeat of a process of this host. Exit code 0 = healthy.
import { hostname } from 'node:os'
import { config as readConfig } from '#platform/config/index.ts'
import { createPool } from '#platform/postgres/index.ts'

/** Processes beat every 2 s and count as gone after 8. */
const freshSeconds = 8
const timeoutMs = 3_000

async function apiIsHealthy(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(timeoutMs) })
  return response.status === 200
}

async function workerIsHealthy(url: string): Promise<boolean> {
  const pool = createPool({ url, max: 1, applicationName: 'signalbox-healthcheck' })
  try {
    const { rowCount } = await pool.query(
      `SELECT 1 FROM process WHERE host = $1 AND ended_at IS NULL AND last_seen_at > now() - interval '${freshSeconds} seconds' LIMIT 1`,
      [hostname()],
    )
    return rowCount === 1
  } finally {
    await pool.end()
  }
}

const config = readConfig()
const kind = process.argv[2] ?? 'api'
try {
  const healthy = kind === 'worker' ? await workerIsHealthy(config.DATABASE_URL!) : await apiIsHealthy(config.PORT)
  if (!healthy) console.error(`The ${kind} is not healthy.`)
  process.exitCode = healthy ? 0 : 1
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
