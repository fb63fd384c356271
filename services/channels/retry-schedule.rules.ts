// When a delivery is tried again. The delays are contract.md's "Webhooks out"; email and in-app are decided here.

export type RetryChannel = 'webhook' | 'email' | 'in-app'

const minute = 60
const hour = 3600

/** Seconds before each retry; the first try is at once. n entries = at most n + 1 attempts. */
export const defaultSchedules: Record<RetryChannel, readonly number[]> = {
  webhook: [5, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
  // Greylisting asks for minutes (RFC 6647); after some hours a mail is rarely still wanted.
  email: [10, minute, 5 * minute, 30 * minute, 2 * hour],
  // Only our own database can fail here.
  'in-app': [1, 5, 30],
}

/** Retry-After is obeyed up to here: a receiver may not park a delivery for ever. */
export const maxRetryAfterSeconds = 24 * hour

const jitter = 0.2

/** The schedule that counts: the endpoint's own, else SIGNALBOX_RETRY_SCHEDULE, else the channel's default. */
export function retryScheduleFor(options: {
  channel: RetryChannel
  endpointSchedule?: readonly number[] | null
  environmentSchedule?: readonly number[] | null
}): readonly number[] {
  return options.endpointSchedule ?? options.environmentSchedule ?? defaultSchedules[options.channel]
}

export interface RetryDelayInput {
  schedule: readonly number[]
  /** Attempts made since the delivery was last put to work, the failed one included: 1 after the first. */
  tries: number
  retryAfterSeconds?: number | null | undefined
  /** In [0, 1); Math.random where nothing is tested. */
  random?: () => number
}

/**
 * Seconds until the next attempt, or null when the schedule is used up. +-20% around the schedule, so that what failed together
 * does not come back together; never earlier than Retry-After, and there spread only upwards.
 */
export function retryDelaySeconds(input: RetryDelayInput): number | null {
  const base = input.schedule[input.tries - 1]
  if (base === undefined) return null
  const random = input.random ?? Math.random
  const scheduled = base * (1 - jitter + 2 * jitter * random())
  const asked = input.retryAfterSeconds ?? 0
  if (asked <= scheduled) return scheduled
  return Math.max(scheduled, Math.min(asked * (1 + jitter * random()), maxRetryAfterSeconds))
}
