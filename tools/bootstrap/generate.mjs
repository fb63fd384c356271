import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeModules, root } from './folders.mjs'
import { runStep } from './progress.mjs'

const stampPath = join(nodeModules, '.signalbox-prisma')
const client = join(root, 'platform/postgres/generated/client.ts')
const inputs = ['prisma/schema.prisma', 'prisma.config.ts', 'node_modules/prisma/package.json']

/** Generates the Prisma client when the schema changed since, or when it is not there. */
export async function ensureGenerated(node) {
  if (!existsSync(join(root, 'prisma/schema.prisma'))) return
  const hash = createHash('sha256')
  for (const input of inputs) {
    const path = join(root, input)
    hash.update(existsSync(path) ? readFileSync(path) : '')
  }
  const wanted = hash.digest('hex')
  if (existsSync(client) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === wanted) return
  await runStep({
    title: 'Generating the database client',
    command: node,
    args: [join(root, 'tools/db.ts'), 'generate'],
    log: 'generate.log',
  })
  writeFileSync(stampPath, wanted)
}
