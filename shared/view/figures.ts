// How figures read everywhere in the console: thin thousands, units, ages with two parts at most.

const thousands = new Intl.NumberFormat('en-US')

export function formatCount(count: number): string {
  return thousands.format(count)
}

/** '1 event', '1,204 events'. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** '0.4 s', '12 s', '5 m 04 s', '3 h 02 m', '2 d 03 h'. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 59.5) return `${Math.round(seconds)} s`
  const two = (number: number): string => String(number).padStart(2, '0')
  const whole = Math.round(seconds)
  if (whole < 3_600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`
  const hours = Math.floor(minutes / 60)
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`
}
