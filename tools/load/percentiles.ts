// What a list of latencies says, without keeping more than the list.

export interface Percentiles {
  count: number
  p50: number
  p90: number
  p95: number
  p99: number
  max: number
}

/**
 * Nearest-rank percentiles (the smallest value that at least p percent of the values do not exceed), in the unit of `values`.
 * Sorts `values` in place. Of nothing, everything is NaN.
 */
export function percentilesOf(values: Float64Array | number[]): Percentiles {
  if (Array.isArray(values)) values.sort((a, b) => a - b)
  else values.sort()
  const count = values.length
  const at = (percent: number): number => values[Math.max(0, Math.ceil((percent / 100) * count) - 1)] ?? NaN
  return { count, p50: at(50), p90: at(90), p95: at(95), p99: at(99), max: values[count - 1] ?? NaN }
}

/** A growing list of numbers without a box per number: a minute at full rate is a million of them. */
export class Samples {
  private values = new Float64Array(4_096)
  private used = 0

  add(value: number): void {
    if (this.used === this.values.length) {
      const larger = new Float64Array(this.used * 2)
      larger.set(this.values)
      this.values = larger
    }
    this.values[this.used++] = value
  }

  get count(): number {
    return this.used
  }

  /** In milliseconds, of microseconds. */
  percentilesMs(): Percentiles {
    return percentilesOf(this.values.slice(0, this.used).map((us) => us / 1_000))
  }
}
