// What counts as too old, too slow, too often wrong, as data: defaults, names and bounds. An instance's operators may change them
// (PUT /thresholds/{id}); the states of the map's places and the lamps of queues are judged by them, everywhere by the same rules.
import { queueNames, type QueueName } from '../queue-names.ts'
import { defaultLimits, type MapLimits } from '../view/map-limits.ts'

/** ms: a time. share: 0 to 1. */
export type LimitUnit = 'ms' | 'share'

export interface ThresholdLimit {
  unit: LimitUnit
  fallback: number
  /** What is said when it is passed. */
  meaning: string
}

export interface ThresholdDefinition {
  id: string
  title: string
  limits: Record<string, ThresholdLimit>
}

/** How old the oldest due work of a queue may get: a promise to those who wait, not a limit of the machine. */
export const defaultObjectivesMs: Record<QueueName, number> = {
  'fan-out': 2_000,
  'delivery-email': 30_000,
  'delivery-webhook': 10_000,
  'delivery-in-app': 5_000,
  replay: 60_000,
}

const limit = (unit: LimitUnit, fallback: number, meaning: string): ThresholdLimit => ({ unit, fallback, meaning })

export const thresholdDefinitions: readonly ThresholdDefinition[] = [
  ...queueNames.map((name) => ({
    id: `queue:${name}`,
    title: name,
    limits: { objectiveMs: limit('ms', defaultObjectivesMs[name], 'Older than this, the queue is behind') },
  })),
  {
    id: 'errors',
    title: 'Stages and providers',
    limits: {
      warnErrorShare: limit('share', defaultLimits.warnErrorShare, 'From this share of errors on it warns'),
      failErrorShare: limit('share', defaultLimits.failErrorShare, 'From this share of errors on it fails'),
    },
  },
  {
    id: 'provider',
    title: 'Providers',
    limits: { providerP95Ms: limit('ms', defaultLimits.providerP95Ms, 'Slower than this at p95, it warns') },
  },
  {
    id: 'client',
    title: 'API clients',
    limits: { acceptP95Ms: limit('ms', defaultLimits.acceptP95Ms, 'Answered slower than this at p95, it warns') },
  },
  {
    id: 'process',
    title: 'Processes',
    limits: { loopLagMs: limit('ms', defaultLimits.loopLagMs, 'An event loop that lags more than this warns') },
  },
  {
    id: 'postgres',
    title: 'Postgres',
    limits: { postgresP95Ms: limit('ms', defaultLimits.postgresP95Ms, 'Commits slower than this at p95 warn') },
  },
  { id: 'redis', title: 'Redis', limits: { redisShare: limit('share', defaultLimits.redisShare, 'Fuller than this, it warns') } },
  {
    id: 'outbox',
    title: 'outbox',
    limits: { outboxAgeMs: limit('ms', defaultLimits.outboxAgeMs, 'Due work older than this warns') },
  },
]

/** What was changed, by threshold id and limit. */
export type ChangedLimits = ReadonlyMap<string, Readonly<Record<string, number>>>

export function objectivesOf(changed: ChangedLimits): Record<QueueName, number> {
  return Object.fromEntries(
    queueNames.map((name) => [name, changed.get(`queue:${name}`)?.objectiveMs ?? defaultObjectivesMs[name]]),
  ) as Record<QueueName, number>
}

/** The limits of everything that is not a queue. */
export function limitsOf(changed: ChangedLimits): MapLimits {
  const limits = { ...defaultLimits }
  for (const definition of thresholdDefinitions) {
    for (const name of Object.keys(definition.limits)) {
      const value = changed.get(definition.id)?.[name]
      if (value !== undefined && Object.hasOwn(limits, name)) limits[name as keyof MapLimits] = value
    }
  }
  return limits
}

/** Why these limits cannot be set for this threshold, by path; empty = they can. */
export function refuseLimits(
  definition: ThresholdDefinition,
  limits: Readonly<Record<string, number>>,
): { path: string; message: string }[] {
  const problems = Object.entries(limits).flatMap(([name, value]) => {
    const known = definition.limits[name]
    if (!known) return [{ path: `/limits/${name}`, message: `is not a limit of ${definition.id}` }]
    if (known.unit === 'share' && !(value > 0 && value <= 1)) return [{ path: `/limits/${name}`, message: 'must be above 0 and at most 1' }]
    if (known.unit === 'ms' && !(value >= 1 && value <= 86_400_000))
      return [{ path: `/limits/${name}`, message: 'must be between 1 ms and a day' }]
    return []
  })
  const { warnErrorShare, failErrorShare } = { ...fallbacksOf(definition), ...limits }
  if (warnErrorShare !== undefined && failErrorShare !== undefined && warnErrorShare > failErrorShare)
    problems.push({ path: '/limits/warnErrorShare', message: 'must not be above failErrorShare' })
  return problems
}

export function fallbacksOf(definition: ThresholdDefinition): Record<string, number> {
  return Object.fromEntries(Object.entries(definition.limits).map(([name, { fallback }]) => [name, fallback]))
}
