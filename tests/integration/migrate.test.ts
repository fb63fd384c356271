import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createPool, migrate, type Pool } from '#platform/postgres/index.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

const migrations = join(import.meta.dirname, '../../prisma/migrations')

let database: TestDatabase
let pool: Pool
let folder: string

beforeEach(async () => {
  database = await createTestDatabase({ empty: true })
  pool = createPool({ url: database.url, max: 2, applicationName: 'migrate-test' })
  folder = await mkdtemp(join(tmpdir(), 'signalbox-migrations-'))
  await cp(migrations, folder, { recursive: true })
})

afterEach(async () => {
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true })
})

async function addMigration(name: string, script: string): Promise<void> {
  await cp(join(folder, 'migration_lock.toml'), join(folder, name, 'migration.sql'))
  await writeFile(join(folder, name, 'migration.sql'), script)
}

const names = async () =>
  (await pool.query('SELECT migration_name FROM "_prisma_migrations" ORDER BY migration_name')).rows.map(
    (row) => row.migration_name as string,
  )

describe('migrate', () => {
  test('applies what is missing, in the order of the names, and nothing the second time', async () => {
    await addMigration('99990102000000_second', 'ALTER TABLE "first" ADD COLUMN "b" int')
    await addMigration('99990101000000_first', 'CREATE TABLE "first" ("a" int)')
    const done = await migrate(database.url, folder)
    expect(done.slice(-2)).toEqual(['99990101000000_first', '99990102000000_second'])
    expect(await migrate(database.url, folder)).toEqual([])
    expect(await names()).toEqual(done)
  })

  test('two processes at once apply everything once', async () => {
    const [one, other] = await Promise.all([migrate(database.url, folder), migrate(database.url, folder)])
    expect([one.length, other.length].sort()).toEqual([0, Math.max(one.length, other.length)])
    expect(await names()).toEqual([...one, ...other])
  })

  test('refuses a migration that was edited after it had been applied', async () => {
    await addMigration('99990101000000_first', 'CREATE TABLE "first" ("a" int)')
    await migrate(database.url, folder)
    await writeFile(join(folder, '99990101000000_first/migration.sql'), 'CREATE TABLE "first" ("a" bigint)')
    await expect(migrate(database.url, folder)).rejects.toThrow('99990101000000_first was changed after it had been applied')
  })

  test('a migration that fails leaves nothing of itself behind and can be mended', async () => {
    await addMigration('99990101000000_broken', 'CREATE TABLE "half" ("a" int); SELECT 1 / 0')
    await expect(migrate(database.url, folder)).rejects.toThrow('Migration 99990101000000_broken failed: division by zero')
    expect((await pool.query(`SELECT to_regclass('half') AS half`)).rows[0].half).toBeNull()
    expect(await names()).not.toContain('99990101000000_broken')
    await writeFile(join(folder, '99990101000000_broken/migration.sql'), 'CREATE TABLE "half" ("a" int)')
    expect(await migrate(database.url, folder)).toEqual(['99990101000000_broken'])
  })
})
