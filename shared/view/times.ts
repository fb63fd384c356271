// Times as the console says them: relative in the text, absolute on hover. Always UTC, so that two people read the same.

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const dayAndYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const two = (value: number): string => String(value).padStart(2, '0')

/** '14:32:08' */
export function clockTime(at: Date | string | number): string {
  const date = new Date(at)
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
}

/** '14:32' today, '19 Nov 14:32' before. */
export function shortTime(at: Date | string | number, nowMs: number): string {
  const date = new Date(at)
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
  if (date.toISOString().slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10)) return clock
  return `${day.format(date)} ${clock}`
}

/** '20 Nov 2026 14:32:08.118 UTC' */
export function fullTime(at: Date | string | number): string {
  const date = new Date(at)
  return `${dayAndYear.format(date)} ${clockTime(date)}.${String(date.getUTCMilliseconds()).padStart(3, '0')} UTC`
}

/** '5 s ago', '2 min ago', '3 h ago', '4 d ago'; 'in 98 s' for what is to come. */
export function relativeTime(at: Date | string | number, nowMs: number): string {
  const ms = nowMs - new Date(at).getTime()
  const seconds = Math.abs(ms) / 1_000
  const amount =
    seconds < 99.5
      ? `${Math.round(seconds)} s`
      : seconds < 5_400
        ? `${Math.round(seconds / 60)} min`
        : seconds < 129_600
          ? `${Math.round(seconds / 3_600)} h`
          : `${Math.round(seconds / 86_400)} d`
  if (seconds < 1) return 'now'
  return ms >= 0 ? `${amount} ago` : `in ${amount}`
}
