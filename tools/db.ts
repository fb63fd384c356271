// The schema's commands: `node tools/db.ts generate | migrate <name> | status`, also as npm run db:generate and so on.
import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { config, ConfigError } from '#platform/config/index.ts'
import { migrate as applyMigrations } from '#platform/postgres/migrate.ts'
import { databaseUrl } from './database-url.ts'
import { withThrowAwayPostgres } from './throw-away-postgres.ts'

const root = join(import.meta.dirname, '..')
const migrations = join(root, 'prisma/migrations')
const usage = `Usage:
  npm run db:generate            write the typed client (needs no database)
  npm run db:migrate -- <name>   write the migration that leads from the last one to prisma/schema.prisma, try it, write the client
  npm run db:status              compare prisma/migrations with the database at DATABASE_URL, or of the Signalbox that runs here`

interface Result {
  code: number
  output: string
}

/** Runs Prisma's CLI under this Node. */
async function prisma(parameters: string[], options: { url?: string | undefined; quiet?: boolean } = {}): Promise<Result> {
  const cli = join(dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js')
  const environment = {
    ...process.env,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
    ...(options.url ? { DATABASE_URL: options.url } : {}),
  }
  const child = spawn(process.execPath, [cli, ...parameters], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', options.quiet ? 'pipe' : 'inherit'],
  })
  let output = ''
  let errors = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (!options.quiet) process.stdout.write(chunk)
  })
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? 1)))
  if (options.quiet && code === 1) process.stderr.write(errors)
  return { code, output }
}

async function generate(): Promise<number> {
  return (await prisma(['generate', '--no-hints'])).code
}

/** Runs `work` over DATABASE_URL, or over an empty Postgres of its own when that is not set. */
async function withPostgres<T>(work: (url: string) => Promise<T>): Promise<T> {
  const { DATABASE_URL: url } = config()
  if (url) return work(url)
  console.log('DATABASE_URL is not set: starting a throw-away Postgres.')
  return withThrowAwayPostgres(work)
}

async function migrate(name: string): Promise<number> {
  return withPostgres(async (url) => {
    const target = ['--from-migrations', migrations, '--to-schema', join(root, 'prisma/schema.prisma')]
    const { code, output } = await prisma(['migrate', 'diff', ...target, '--script', '--exit-code'], { url, quiet: true })
    if (code === 1) return 1
    if (code === 0) {
      console.log('The migrations already lead to prisma/schema.prisma: nothing to write.')
      return generate()
    }
    const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
    const folder = join(migrations, `${stamp}_${name}`)
    await mkdir(folder)
    await writeFile(join(folder, 'migration.sql'), output)
    console.log(`Wrote ${folder}/migration.sql. Read it: renames come out as drop and create, and comments are yours to add.`)
    console.log(`Applied: ${(await applyMigrations(url, migrations)).join(', ')}`)
    return generate()
  })
}

async function status(): Promise<number> {
  let url: string
  try {
    url = databaseUrl(config())
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(error.message)
    return 1
  }
  const { code } = await prisma(['migrate', 'status'], { url })
  if (code !== 0 && !config().DATABASE_URL) console.error('Does Signalbox run? Its database is there only as long: npm start')
  return code
}

const { positionals } = parseArgs({ allowPositionals: true })
const [command, name] = positionals
if (command === 'generate') process.exitCode = await generate()
else if (command === 'status') process.exitCode = await status()
else if (command === 'migrate' && name && /^[a-z0-9_]{1,100}$/.test(name)) process.exitCode = await migrate(name)
else {
  console.error(command === 'migrate' ? `The name of a migration is a-z, 0-9 and _.\n${usage}` : usage)
  process.exitCode = 1
}
