// The database that a command means: DATABASE_URL, or the embedded one of the data folder while it runs.
import { join, resolve } from 'node:path'
import { ConfigError, type Config } from '#platform/config/index.ts'
import { readJson } from './launcher/state-file.ts'

const root = resolve(import.meta.dirname, '..')

/** Throws ConfigError when there is neither. */
export function databaseUrl(config: Pick<Config, 'DATABASE_URL' | 'SIGNALBOX_DATA'>): string {
  if (config.DATABASE_URL) return config.DATABASE_URL
  const kept = readJson<{ port: number; password: string }>(join(resolve(root, config.SIGNALBOX_DATA), 'postgres.json'))
  if (!kept) throw new ConfigError(['DATABASE_URL: must be set, or SIGNALBOX_DATA name the data folder of a Signalbox that runs'])
  return `postgres://signalbox:${kept.password}@127.0.0.1:${kept.port}/signalbox`
}
