// The stand-in for Prisma's schema engine, spoken to as the CLI does: JSON-RPC over stdio, and its two sub-commands.
import { spawn } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPool } from '#platform/postgres/index.ts'
import { eventually } from '../support/eventually.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

const root = join(import.meta.dirname, '../..')
const program = join(root, 'tools/prisma-engine/main.ts')
const schemaPath = join(root, 'prisma/schema.prisma')
const filters = { externalTables: [], externalEnums: [] }

let migrated: TestDatabase
let schema: string
let migrationsList: object

beforeAll(async () => {
  migrated = await createTestDatabase()
  schema = await readFile(schemaPath, 'utf8')
  const folder = join(root, 'prisma/migrations')
  const directories = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const migrationDirectories = await Promise.all(
    directories.map(async ({ name }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: await readFile(join(folder, name, 'migration.sql'), 'utf8') } },
    })),
  )
  migrationsList = {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"' },
    shadowDbInitScript: '',
    migrationDirectories,
  }
})

afterAll(() => migrated.drop())

interface Answer {
  id: number
  method?: string
  result?: Record<string, unknown>
  error?: { data: { message: string; error_code?: string } }
}

async function ask(url: string, method: string, params: object): Promise<Answer> {
  const child = spawn(process.execPath, [program, '--datamodels', schemaPath, '--datasource', JSON.stringify({ url })], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.end(`${JSON.stringify({ id: 1, jsonrpc: '2.0', method, params })}\n`)
  let answer: Answer | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    const message = JSON.parse(line) as Answer
    if (message.method === undefined) answer = message
  }
  if (!answer) throw new Error(`No answer to ${method}`)
  return answer
}

const withColumn = () => ({
  files: [{ path: schemaPath, content: schema.replace('model Topic {', 'model Topic {\n  colour String @default("red")\n') }],
})
const withoutColumn = () => ({ files: [{ path: schemaPath, content: schema.replace(/^ {2}timeZone .*\n/m, '') }] })
const unchanged = () => ({ files: [{ path: schemaPath, content: schema }] })

describe('the schema engine stand-in', () => {
  test('finds nothing to do when the schema did not change, so that migrate dev asks for no name', async () => {
    const { result } = await ask(migrated.url, 'evaluateDataLoss', { migrationsList, schema: unchanged(), filters })
    expect(result).toEqual({ migrationSteps: 0, unexecutableSteps: [], warnings: [] })
    const created = await ask(migrated.url, 'createMigration', {
      migrationsList,
      schema: unchanged(),
      filters,
      draft: false,
      migrationName: 'nothing',
    })
    expect(created.result).toMatchObject({ migrationScript: null })
  })

  test('writes the script of a change, and only of that', async () => {
    const { result } = await ask(migrated.url, 'createMigration', {
      migrationsList,
      schema: withColumn(),
      filters,
      draft: false,
      migrationName: 'colour',
    })
    expect(result).toMatchObject({
      connectorType: 'postgresql',
      extension: 'sql',
      generatedMigrationName: expect.stringMatching(/^\d{14}_colour$/),
    })
    expect(result?.migrationScript).toBe(`-- AlterTable\nALTER TABLE "topic" ADD COLUMN     "colour" TEXT NOT NULL DEFAULT 'red';\n`)
  })

  test('warns of data that a change would lose', async () => {
    const pool = createPool({ url: migrated.url, max: 1, applicationName: 'schema-engine-test' })
    await pool.query(`INSERT INTO recipient (workspace_id, id, time_zone) VALUES (gen_random_uuid(), 'u1', 'Europe/Berlin')`)
    await pool.end()
    const { result } = await ask(migrated.url, 'evaluateDataLoss', { migrationsList, schema: withoutColumn(), filters })
    expect(result).toMatchObject({ migrationSteps: 1, unexecutableSteps: [] })
    expect(result?.warnings).toEqual([
      {
        stepIndex: 0,
        message: 'You are about to drop the column `time_zone` on the `recipient` table, which still contains 1 non-null values.',
      },
    ])
  })

  test('applies migrations whole, also with semicolons in comments and bodies, and leaves no shadow database behind', async () => {
    const empty = await createTestDatabase({ empty: true })
    const value = `-- one; two\nCREATE FUNCTION three() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 3; END $$;\nCREATE TABLE "four" ("a" text DEFAULT ';');`
    const own = {
      ...migrationsList,
      migrationDirectories: [{ path: '20260101000000_own', migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } } }],
    }
    const { result } = await ask(empty.url, 'applyMigrations', { migrationsList: own, filters })
    expect(result).toEqual({ appliedMigrationNames: ['20260101000000_own'] })
    expect((await ask(empty.url, 'devDiagnostic', { migrationsList: own, filters })).result).toEqual({ action: { tag: 'createMigration' } })
    const pool = createPool({ url: empty.url, max: 1, applicationName: 'schema-engine-test' })
    expect((await pool.query('SELECT three() AS three')).rows).toEqual([{ three: 3 }])
    // Another file's may stand there for a moment: this Postgres is everybody's.
    await eventually(
      async () => (await pool.query(`SELECT FROM pg_database WHERE datname LIKE 'prisma_migrate_shadow_db%'`)).rowCount === 0,
    )
    await pool.end()
    await empty.drop()
  })

  test('answers what it does not know with an error instead of silence', async () => {
    const { error } = await ask(migrated.url, 'introspectMongo', {})
    expect(error?.data.message).toBe('The schema engine stand-in has no method introspectMongo.')
  })
})

describe('its sub-commands', () => {
  function run(url: string, command: string): Promise<{ code: number | null; errors: string }> {
    const child = spawn(process.execPath, [program, '--datasource', JSON.stringify({ url }), 'cli', command], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, errors })))
  }

  test('tell a database that can be reached from one that is missing, and make that', async () => {
    expect((await run(migrated.url, 'can-connect-to-database')).code).toBe(0)
    const url = new URL(migrated.url)
    url.pathname += '_made'
    const missing = await run(url.href, 'can-connect-to-database')
    expect(missing.code).toBe(1)
    expect(JSON.parse(missing.errors.split('\n')[1] ?? '')).toMatchObject({
      level: 'ERROR',
      target: 'schema_engine::logger',
      fields: { error_code: 'P1003' },
    })
    expect((await run(url.href, 'create-database')).code).toBe(0)
    expect((await run(url.href, 'can-connect-to-database')).code).toBe(0)
  })
})
