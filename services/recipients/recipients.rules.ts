// What a recipient's preferences mean for one message: whether it goes out, and when. Pure; the fan-out calls it per message.
import type { Preference } from '#shared/contracts/preference.ts'
import { wallClock, type WallClock } from './wall-clock.rules.ts'

export interface ChannelQuestion {
  workflowKey: string
  channel: string
  /** Critical workflows go out whatever is preferred. */
  critical: boolean
}

export type ChannelDecision = { send: true } | { send: false; reason: string }

/** The narrower rule wins: the workflow on this channel, then the workflow, then the channel; what nobody spoke about is wanted. */
export function decideChannel(preference: Preference | null, { workflowKey, channel, critical }: ChannelQuestion): ChannelDecision {
  if (critical || !preference) return { send: true }
  const workflow = own(preference.workflows, workflowKey)
  const onChannel = own(workflow?.channels, channel)
  if (onChannel !== undefined) return onChannel ? { send: true } : { send: false, reason: `opted out of ${workflowKey} by ${channel}` }
  if (workflow?.enabled !== undefined) return workflow.enabled ? { send: true } : { send: false, reason: `opted out of ${workflowKey}` }
  return own(preference.channels, channel) === false ? { send: false, reason: `opted out of ${channel}` } : { send: true }
}

/** Keys come from clients, so that `constructor` may be one. */
function own<V>(record: Readonly<Record<string, V>> | null | undefined, key: string): V | undefined {
  return record && Object.hasOwn(record, key) ? record[key] : undefined
}

const dayMs = 86_400_000

/**
 * When the quiet hours that hold now end, or null when it is not quiet. By the clock on the recipient's wall, so that a day
 * of 23 or 25 hours ends them at the same reading; a reading that such a day skips counts as the moment of the skip.
 */
export function quietUntil(preference: Preference | null, timeZone: string | null, now: Date): Date | null {
  const quiet = preference?.quietHours
  if (!quiet) return null
  const from = minutesOf(quiet.from)
  const to = minutesOf(quiet.to)
  const clock = wallClock(timeZone)
  // The wall's reading as if it were UTC: days and times of day by plain arithmetic.
  const reading = clock.read(now.getTime())
  const midnight = Math.floor(reading / dayMs) * dayMs
  const minute = Math.floor((reading - midnight) / 60_000)
  const overMidnight = from > to
  const isQuiet = overMidnight ? minute >= from || minute < to : minute >= from && minute < to
  if (!isQuiet) return null
  const end = midnight + (overMidnight && minute >= from ? dayMs : 0) + to * 60_000
  return new Date(firstMomentAt(clock, end, now.getTime()))
}

/** The first moment after `nowMs` at which the wall reads `reading` or, where the clock jumps over it, more. */
function firstMomentAt(clock: WallClock, reading: number, nowMs: number): number {
  // Offsets of both sides of a change of clocks that may lie near; the same on all other days.
  const candidates = [reading - dayMs, reading + dayMs].map((near) => reading - (clock.read(near) - near)).sort((a, b) => a - b)
  const exact = candidates.find((moment) => moment > nowMs && clock.read(moment) === reading)
  if (exact !== undefined) return exact
  let low = Math.max(Math.min(...candidates), nowMs)
  let high = Math.max(...candidates, nowMs)
  while (high - low > 1_000) {
    const middle = Math.floor((low + high) / 2_000) * 1_000
    if (middle <= low) break
    if (clock.read(middle) >= reading) high = middle
    else low = middle
  }
  return high
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}
