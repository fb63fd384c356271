// What a chart draws, without saying how.

export interface ChartSeries {
  label: string
  /** null breaks the line: no sample. */
  values: readonly (number | null)[]
  /** served = accent, reference = grey, fail only for failures. */
  tone: 'served' | 'reference' | 'fail'
  fill?: boolean
}

export interface ChartMark {
  /** Seconds since 1970. */
  at: number
  label: string
  tone: 'fail' | 'plain'
}

/** A round upper end of an axis from 0: 1, 2, 5 times a power of ten, never below `least`. */
export function niceMaximum(value: number, least = 1): number {
  const wanted = Math.max(value, least)
  const power = 10 ** Math.floor(Math.log10(wanted))
  for (const step of [1, 2, 4, 5, 10]) if (wanted <= step * power) return step * power
  return 10 * power
}

/** '20k', '1.2M' for axes. */
export function axisFigure(value: number): string {
  if (value >= 1_000_000) return `${trim(value / 1_000_000)}M`
  if (value >= 10_000) return `${trim(value / 1_000)}k`
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : trim(value)
}

const trim = (value: number): string => value.toFixed(1).replace(/\.0$/, '')

/** Where the y axis says a figure: at 0, in the middle and at the top. Of counts there is no half one. */
export function axisSplits(top: number, series: readonly ChartSeries[]): number[] {
  const middle = top / 2
  const counts = series.every(({ values }) => values.every((value) => value === null || Number.isInteger(value)))
  return counts && !Number.isInteger(middle) ? [0, top] : [0, middle, top]
}
