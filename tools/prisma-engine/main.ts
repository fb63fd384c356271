#!/usr/bin/env node
// Stands in for Prisma's native schema engine, which the CLI would download from a host that is often out of reach.
// The engine itself is Prisma's own, from npm as WebAssembly (@prisma/schema-engine-wasm, the same bytes as in prisma/build);
// these files only give it what the native binary brings along: a connection, JSON-RPC over stdio and two sub-commands.
// prisma.config.ts points PRISMA_SCHEMA_ENGINE_BINARY here. Why: docs/decisions/0002-prisma-and-sql.md.
import { parseArguments } from './arguments.ts'
import { runCommand } from './commands.ts'

const { datasource, schemaFiles, command, wantsVersion } = parseArguments(process.argv.slice(2))

if (wantsVersion) {
  const { version } = await import('@prisma/schema-engine-wasm')
  console.log(`schema-engine-wasm ${version()}`)
} else if (command) {
  process.exitCode = await runCommand(command, datasource.url)
} else {
  const { serve } = await import('./rpc.ts')
  await serve({ datasource, schemaFiles }, process.stdin, process.stdout)
  // The engine leaves timers behind (of its lock, 10 s) that would keep the process.
  process.exit()
}
