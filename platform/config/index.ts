// The only reader of process.env. Parsed whole, once, at boot; every problem is listed.
import { z } from 'zod'

const flag = z.enum(['0', '1', 'true', 'false']).transform((value) => value === '1' || value === 'true')

const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

const numbers = (each: z.ZodNumber) => list.transform((parts) => parts.map(Number)).pipe(z.array(each).max(50))

const httpUrl = z.string().regex(/^https?:\/\/[^/\s]+$/, 'must be http:// or https:// with a host, without a path')

/** Every variable that Signalbox reads, with its default. `.env.example` is tested against this. */
export const environmentSchema = z.object({
  NODE_ENV: z.string().default('production'),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  SIGNALBOX_DATA: z.string().default('.data'),
  SIGNALBOX_CACHE: z.string().optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must start with redis:// or rediss://')
    .optional(),
  WEAVIATE_URL: httpUrl.optional(),
  // host:port, or a URL whose scheme says whether it is encrypted; port 50051 of WEAVIATE_URL's host by default.
  WEAVIATE_GRPC_URL: z.string().optional(),
  WEAVIATE_API_KEY: z.string().optional(),
  // Copies of each collection in a Weaviate cluster; only when collections are made.
  WEAVIATE_REPLICATION_FACTOR: z.coerce.number().int().min(1).max(9).default(1),
  EMBEDDER_URL: httpUrl.optional(),
  S3_ENDPOINT: httpUrl.optional(),
  // Where clients reach the same store, when that is elsewhere: signed URLs name it.
  S3_PUBLIC_ENDPOINT: httpUrl.optional(),
  S3_ACCESS_KEY: z.string().optional(),
  S3_SECRET_KEY: z.string().optional(),
  S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be 3 to 63 of a-z 0-9 . -')
    .default('signalbox'),
  S3_REGION: z.string().default('us-east-1'),
  // Where people and receivers of webhooks reach this instance; links in what is sent begin with it.
  SIGNALBOX_PUBLIC_URL: httpUrl.optional(),
  SIGNALBOX_ATTACHMENT_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .max(5 * 1024 ** 3)
    .default(1024 ** 3),
  SIGNALBOX_ATTACHMENT_WORKSPACE_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(20 * 1024 ** 3),
  // Of each part but the last of an upload in parts; S3 takes none that are smaller.
  SIGNALBOX_ATTACHMENT_PART_BYTES: z.coerce
    .number()
    .int()
    .min(5 * 1024 ** 2)
    .max(1024 ** 3)
    .default(16 * 1024 ** 2),
  // Days after its last use that an attachment is kept; 0 = for ever.
  SIGNALBOX_ATTACHMENT_RETENTION_DAYS: z.coerce.number().int().min(0).max(36_500).default(0),
  // Days that an attachment which no event ever used is kept; 0 = for ever.
  SIGNALBOX_ATTACHMENT_UNUSED_DAYS: z.coerce.number().int().min(0).max(36_500).default(30),
  CLAMAV_URL: z
    .string()
    .regex(/^tcp:\/\/[^/:]+:\d+$/, 'must be tcp://host:port')
    .optional(),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must start with smtp:// or smtps://')
    .optional(),
  MAIL_FROM: z.string().default('Signalbox <notifications@localhost>'),
  SIGNALBOX_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  SIGNALBOX_ADMIN_EMAIL: z.string().default('admin@localhost'),
  SIGNALBOX_ADMIN_PASSWORD: z.string().min(10, 'must have at least 10 characters').optional(),
  SIGNALBOX_API_KEY: z
    .string()
    .regex(/^sb_[A-Za-z0-9_-]{32,}$/, 'must be sb_ and 32 or more of A-Z a-z 0-9 _ -')
    .optional(),
  SIGNALBOX_ALLOW_PRIVATE_TARGETS: list.default([]),
  SIGNALBOX_RETRY_SCHEDULE: numbers(z.number().min(0).max(31_536_000)).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  // Set by the launcher for its children, not by people.
  SIGNALBOX_PROCESS_ID: z.uuid().optional(),
  SIGNALBOX_PROCESS_NAME: z.string().optional(),
  // True while SMTP_URL points at the built-in mail catcher.
  SIGNALBOX_MAIL_CATCHER: flag.default(false),
  SIGNALBOX_MAIL_CATCHER_PORT: z.coerce.number().int().min(0).max(65535).default(2525),
  // Where a fault test lets a process die (platform/lifecycle/fail-points.ts); read only when NODE_ENV is test.
  SIGNALBOX_FAULT_POINT: z.string().optional(),
  // Loopback ports that webhooks may reach (demo, npm start -- --allow-loopback PORT).
  SIGNALBOX_ALLOW_LOOPBACK_PORTS: numbers(z.number().int().min(1).max(65_535)).default([]),
})

export type Config = z.infer<typeof environmentSchema>

export class ConfigError extends Error {
  constructor(problems: string[]) {
    super(`The environment is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
  }
}

/** Parses an environment. Throws ConfigError that lists every problem. Empty strings count as not set. */
export function parseConfig(environment: Record<string, string | undefined>): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''))
  const result = environmentSchema.safeParse(set)
  if (!result.success) {
    throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  }
  const { S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY } = result.data
  if (S3_ENDPOINT && !(S3_ACCESS_KEY && S3_SECRET_KEY))
    throw new ConfigError(['S3_ENDPOINT: needs S3_ACCESS_KEY and S3_SECRET_KEY as well'])
  return result.data
}

let loaded: Config | undefined

/** This process' configuration. */
export function config(): Config {
  loaded ??= parseConfig(process.env)
  return loaded
}
