// The environment that the launcher reads once and hands on. Children get everything resolved: they do not know what is embedded.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseConfig, type Config } from '#platform/config/index.ts'
import type { LauncherArguments } from './arguments.ts'
import { StartFailed } from './start-failed.ts'

/** The project's folder. */
export const root = resolve(import.meta.dirname, '../..')

/** Variables of the process, then of `.env`; flags win over both. Throws ConfigError that lists every problem. */
export function readEnvironment(flags: LauncherArguments): { config: Config; dataFolder: string; inherited: NodeJS.ProcessEnv } {
  const file = join(root, '.env')
  // Never overrides what is set already.
  if (existsSync(file)) process.loadEnvFile(file)
  if (flags.port !== undefined) process.env.PORT = String(flags.port)
  if (flags.data !== undefined) process.env.SIGNALBOX_DATA = flags.data
  const config = parseConfig(process.env)
  if (process.env.NODE_ENV === 'production' && config.DATABASE_URL && !config.SIGNALBOX_SECRET) {
    throw new StartFailed(
      'SIGNALBOX_SECRET must be set in production with a database of your own: every host needs the same one. Make one with: openssl rand -base64 32',
    )
  }
  return { config, dataFolder: resolve(root, config.SIGNALBOX_DATA), inherited: withoutSecretsOfTheFirstStart(process.env) }
}

/** Only the seed needs them; no long-running process should hold them. */
function withoutSecretsOfTheFirstStart(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { SIGNALBOX_ADMIN_PASSWORD: _password, SIGNALBOX_API_KEY: _key, ...rest } = environment
  return rest
}

export interface Resolved {
  databaseUrl: string
  redisUrl: string
  secret: string
  /** The catcher's port, when mail is caught. */
  mailCatcherPort: number | undefined
  loopbackPorts: number[]
  /** Of `--full`: where MinIO, Weaviate and the embedder are. */
  fullServers: Record<string, string>
  port: number
}

/** What every child gets. */
export function childEnvironment(inherited: NodeJS.ProcessEnv, config: Config, dataFolder: string, resolved: Resolved): NodeJS.ProcessEnv {
  return {
    ...inherited,
    NODE_ENV: config.NODE_ENV,
    PORT: String(resolved.port),
    HOST: config.HOST,
    SIGNALBOX_DATA: dataFolder,
    DATABASE_URL: resolved.databaseUrl,
    REDIS_URL: resolved.redisUrl,
    SIGNALBOX_SECRET: resolved.secret,
    ...resolved.fullServers,
    ...(resolved.mailCatcherPort === undefined
      ? {}
      : {
          SMTP_URL: `smtp://127.0.0.1:${resolved.mailCatcherPort}`,
          SIGNALBOX_MAIL_CATCHER: '1',
          SIGNALBOX_MAIL_CATCHER_PORT: String(resolved.mailCatcherPort),
        }),
    SIGNALBOX_ALLOW_LOOPBACK_PORTS: resolved.loopbackPorts.join(','),
  }
}

/** The address a person types: a wildcard or loopback address is "localhost". */
export function publicAddress(host: string, port: number): string {
  const name = ['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

/** The address that the launcher itself asks: a wildcard address is no destination. */
export function probeAddress(host: string, port: number): string {
  const target = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${target.includes(':') ? `[${target}]` : target}:${port}`
}
