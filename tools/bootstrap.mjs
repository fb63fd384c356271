#!/usr/bin/env node
// First step of every npm script. Runs on Node 20 or newer with nothing installed, so it uses Node's built-ins only:
// brings dependencies, Node 24, the Prisma client and the build up to date, then hands over to a TypeScript entry.
// Why like this: docs/decisions/0010-bootstrap-and-launcher.md.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt } from './bootstrap/build.mjs'
import { root } from './bootstrap/folders.mjs'
import { ensureGenerated } from './bootstrap/generate.mjs'
import { handOver } from './bootstrap/hand-over.mjs'
import { ensureInstalled } from './bootstrap/install.mjs'
import { withLock } from './bootstrap/lock.mjs'
import { findNode } from './bootstrap/node.mjs'
import { Stop, say } from './bootstrap/progress.mjs'

/** What each command needs and what it runs. `entry` is relative to the project; `args` come before the caller's own. */
const commands = {
  start: { build: true, entry: 'tools/launcher/main.ts' },
  dev: { entry: 'tools/launcher/main.ts', args: ['--dev'] },
  test: { build: true, entry: 'tools/test.ts' },
  'test:servers': { build: true, entry: 'tools/test.ts', args: ['--servers'] },
  servers: { entry: 'tools/servers.ts' },
  'test:embedder': { entry: 'tools/test-embedder.ts' },
  check: { entry: 'tools/check.ts' },
  bench: { build: true, entry: 'bench/main.ts' },
  faults: { build: true, entry: 'tests/faults/main.ts' },
  load: { entry: 'tools/load.ts' },
  listen: { entry: 'tools/listen.ts' },
  screenshots: { build: true, entry: 'tools/screenshots.ts' },
  format: { entry: 'node_modules/prettier/bin/prettier.cjs', args: ['--write', '.'] },
  build: { build: true },
  'audit:verify': { entry: 'tools/audit-verify.ts' },
  'search:rebuild': { entry: 'tools/search.ts', args: ['rebuild'] },
  'search:check': { entry: 'tools/search.ts', args: ['check'] },
  'db:migrate': { entry: 'tools/db.ts', args: ['migrate'] },
  'db:status': { entry: 'tools/db.ts', args: ['status'] },
  'db:generate': { entry: 'tools/db.ts', args: ['generate'] },
}

async function main() {
  const [name, ...rest] = process.argv.slice(2)
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined
  if (!command) throw new Stop(`Usage: node tools/bootstrap.mjs ${Object.keys(commands).join('|')} [arguments]`)

  // Inherited by npm, Nuxt and everything they start.
  process.env.NUXT_TELEMETRY_DISABLED = '1'
  process.env.CHECKPOINT_DISABLE = '1'
  process.env.npm_config_update_notifier = 'false'
  process.env.npm_config_fund = 'false'
  process.env.npm_config_audit = 'false'

  // Two commands in a fresh clone must not install or build over each other.
  const node = await withLock(async () => {
    await ensureInstalled()
    const found = findNode()
    await ensureGenerated(found)
    if (command.build) await ensureBuilt(found)
    return found
  })

  if (!command.entry) return 0
  // Compiled code of the last start: saves each process of the stack some 300 ms. Tests measure their own coverage, so not for them.
  if (name === 'start' || name === 'dev') process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'compiled')
  const entry = join(root, command.entry)
  if (!existsSync(entry)) throw new Stop(`${command.entry} is missing: this copy of the project is not complete.`)
  return handOver(node, [entry, ...(command.args ?? []), ...rest])
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    say(error instanceof Stop ? error.message : (error?.stack ?? String(error)))
    process.exitCode = 1
  },
)
