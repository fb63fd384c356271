import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '#platform/config/index.ts'
import { createPool } from '#platform/postgres/index.ts'
import { insertKey } from '../../prisma/seed.ts'
import type { LauncherArguments } from './arguments.ts'
import { root } from './environment.ts'
import { say } from './terminal.ts'
import type { Started } from './start-stack.ts'
import type { Program } from './supervise.ts'

/**
 * Plays sample traffic beside the running stack: `node tools/demo.ts --url URL --receiver-port PORT [--rate N]`, with its key in
 * SIGNALBOX_API_KEY. Webhooks may reach that one port of this machine.
 */
export async function startDemo(options: {
  flags: LauncherArguments
  config: Config
  started: Started
  dataFolder: string
}): Promise<Program> {
  const { flags, config, started } = options
  const key = config.SIGNALBOX_API_KEY ?? started.seeded.apiKey ?? (await ownKey(options.dataFolder, started))
  const args = [
    join(root, 'tools/demo.ts'),
    '--url',
    started.address,
    '--receiver-port',
    String(started.demoPort),
    ...(flags.rate ? ['--rate', flags.rate] : []),
  ]
  say(`Playing sample traffic${flags.rate ? ` at ${flags.rate} events a second` : ''} ...`)
  return started.addProgram('demo', args, { env: { ...started.env, SIGNALBOX_API_KEY: key }, withoutProcessId: true })
}

/** Stored keys cannot be read back, so the demo keeps one of its own beside the other secrets. */
async function ownKey(dataFolder: string, started: Started): Promise<string> {
  const path = join(dataFolder, 'demo-key')
  let key: string
  try {
    key = readFileSync(path, 'utf8').trim()
  } catch {
    key = `sb_${randomBytes(24).toString('base64url')}`
    writeFileSync(path, `${key}\n`, { mode: 0o600 })
  }
  const pool = createPool({ url: started.env.DATABASE_URL!, max: 1, applicationName: 'signalbox-launcher' })
  try {
    await insertKey(pool, started.seeded.workspaceId, key, 'Demo')
  } finally {
    await pool.end()
  }
  return key
}
