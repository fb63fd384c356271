// What the live picture is made of: plain numbers per place of this process, read once a second (docs/decisions/0025-live-picture.md).
// Counting costs a few additions and, with a time, one logarithm; nothing is allocated. All numbers only grow, so that a reading
// that gets lost loses nothing.

/** Buckets grow by the square root of 2 from 0.05 ms: 42 of them reach 66 s, and a quantile is known to about 20%. */
const firstBoundMs = 0.05
export const bucketCount = 42

/** The bucket of a time. */
export function bucketOf(ms: number): number {
  if (!(ms > firstBoundMs)) return 0
  return Math.min(bucketCount - 1, Math.ceil(2 * Math.log2(ms / firstBoundMs)))
}

/** Upper bound of a bucket in milliseconds. */
export function bucketBoundMs(bucket: number): number {
  return firstBoundMs * 2 ** (bucket / 2)
}

export interface Place {
  /** One passed, in this time. */
  pass(ms: number): void
  /** One was refused or went wrong; without a time it counts in the rate only. */
  fail(ms?: number): void
  /** So many passed, `errors` of them badly, without a time. */
  add(count: number, errors?: number): void
  /** A time alone: counted in the quantiles, not in the rate. */
  took(ms: number): void
  /** What came through besides: rows of a statement. */
  units(count: number): void
}

/** Since the process began: all that came, the bad ones among them, what came through besides, and how many took how long. */
export interface PlaceCounts {
  count: number
  errors: number
  /** Rows and the like. */
  amount: number
  buckets: Uint32Array
}

export interface Counters {
  /** Made at its first mention: whoever counts keeps hold of the place, not of its name. */
  place(id: string): Place
  places(): ReadonlyMap<string, PlaceCounts>
}

export function createCounters(): Counters {
  const places = new Map<string, PlaceCounts & Place>()
  return {
    places: () => places,
    place(id) {
      let place = places.get(id)
      if (!place) places.set(id, (place = createPlace()))
      return place
    },
  }
}

function createPlace(): PlaceCounts & Place {
  const buckets = new Uint32Array(bucketCount)
  const place: PlaceCounts & Place = {
    count: 0,
    errors: 0,
    amount: 0,
    buckets,
    pass(ms) {
      place.count++
      buckets[bucketOf(ms)]!++
    },
    fail(ms) {
      place.count++
      place.errors++
      if (ms !== undefined) buckets[bucketOf(ms)]!++
    },
    add(count, errors = 0) {
      place.count += count
      place.errors += errors
    },
    took(ms) {
      buckets[bucketOf(ms)]!++
    },
    units(count) {
      place.amount += count
    },
  }
  return place
}
