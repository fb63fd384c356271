// Read by Prisma's CLI only. The application knows its database from platform/config.
import { defineConfig } from 'prisma/config'
import { delimiter, dirname, join } from 'node:path'

// The CLI spawns its schema engine as a program of its own: ours (tools/prisma-engine), under the Node that runs the CLI.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= join(import.meta.dirname, 'tools/prisma-engine/main.ts')
process.env.PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`

const url = process.env.DATABASE_URL

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // `generate` and `validate` need no database, so a missing url is not an error here.
  ...(url ? { datasource: { url } } : {}),
})
