// prisma/schema.prisma, prisma/migrations and what the application itself applies must tell the same story to Prisma's own CLI.
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

const root = join(import.meta.dirname, '../..')
const cli = join(dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js')

let migrated: TestDatabase

beforeAll(async () => {
  migrated = await createTestDatabase()
})

afterAll(() => migrated.drop())

function prisma(...parameters: string[]): Promise<{ code: number; output: string }> {
  const environment = {
    ...process.env,
    DATABASE_URL: migrated.url,
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    NO_COLOR: '1',
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...parameters], { cwd: root, env: environment }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr })
    })
  })
}

describe('the Prisma schema', () => {
  test('is what the migrations lead to', async () => {
    const { code, output } = await prisma(
      'migrate',
      'diff',
      '--from-migrations',
      'prisma/migrations',
      '--to-schema',
      'prisma/schema.prisma',
      '--exit-code',
    )
    expect(output).toContain('No difference detected.')
    expect(code).toBe(0)
  })

  test('is what a database looks like that the application migrated, partitions and all', async () => {
    const { code, output } = await prisma(
      'migrate',
      'diff',
      '--from-config-datasource',
      '--to-schema',
      'prisma/schema.prisma',
      '--exit-code',
    )
    expect(output).toContain('No difference detected.')
    expect(code).toBe(0)
  })

  test('counts as up to date for migrate status after the application migrated', async () => {
    const { code, output } = await prisma('migrate', 'status')
    expect(output).toContain('Database schema is up to date!')
    expect(code).toBe(0)
  })
})
