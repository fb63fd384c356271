// Time zones by Intl's own data. Making a formatter costs some 50 us and recipients share a few zones.
const dayParts = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const

export interface WallClock {
  /** A moment -> what the wall reads then, as milliseconds of the same reading in UTC, to the second. */
  read(ms: number): number
}

const utc: WallClock = { read: (ms) => Math.floor(ms / 1_000) * 1_000 }
const maxClocks = 1_000
const clocks = new Map<string, WallClock>()

/** The clock of an IANA zone; UTC when there is none or nobody knows it. */
export function wallClock(timeZone: string | null): WallClock {
  if (timeZone === null) return utc
  let clock = clocks.get(timeZone)
  if (!clock) {
    clock = makeClock(timeZone)
    if (clocks.size >= maxClocks) clocks.clear()
    clocks.set(timeZone, clock)
  }
  return clock
}

function makeClock(timeZone: string): WallClock {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', { ...dayParts, timeZone })
  } catch {
    return utc
  }
  return {
    read(ms) {
      const parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 }
      for (const { type, value } of format.formatToParts(ms)) if (type in parts) parts[type as keyof typeof parts] = Number(value)
      return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second)
    },
  }
}
