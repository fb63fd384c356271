// `schema-engine cli can-connect-to-database` and `create-database`: exit code 0, or 1 with log lines on stderr,
// of which the CLI drops the first and reads the rest as JSON.
import pg from 'pg'

/** Runs one sub-command; resolves to the exit code. */
export async function runCommand(command: string, url: string | undefined): Promise<number> {
  try {
    if (!url) throw new Error('The datasource has no url.')
    if (command === 'can-connect-to-database') await connect(url, async () => {})
    else if (command === 'create-database') await createDatabase(url)
    else throw new Error(`The schema engine stand-in has no command ${command}.`)
    return 0
  } catch (error) {
    const fields = { message: messageOf(error), is_panic: false, error_code: knownCode(error), meta: {} }
    process.stderr.write(`failed\n${JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields })}\n`)
    return 1
  }
}

async function createDatabase(url: string): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1))
  const maintenance = new URL(url)
  maintenance.pathname = '/postgres'
  await connect(maintenance.href, async (client) => {
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  })
}

async function connect(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

/** A failed connection may carry its reasons one level down (one per address tried). */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** Prisma's own error codes, by SQLSTATE: P1003 makes the CLI create the database, the others it only shows. */
function knownCode(error: unknown): string {
  const state = error instanceof pg.DatabaseError ? error.code : undefined
  if (state === '3D000') return 'P1003'
  if (state === '28P01' || state === '28000') return 'P1000'
  if (state === '42P04') return 'P1009'
  return 'P1001'
}
