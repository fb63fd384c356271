// What a line says: how much passes, how slow, how much of it fails; and how its wagons run. Motion is data: the gap is the rate, the
// speed is the latency.
import type { Measure } from '../contracts/live.ts'
import { mapTexts } from '../texts/map.ts'
import type { DeclaredEdge } from '../topology/types.ts'
import { formatRate, formatShare, formatTook } from './map-figures.ts'
import type { EdgeView, Seen, Wagons } from './map-picture.ts'
import type { Lamp } from './status-view.ts'

/** Thin lines stay thin: 1 at nothing, 2.1 at 36/s, 3.1 at 1,000/s, never above 3.5. */
export function edgeWidth(ratePerSecond: number): number {
  return Math.min(3.5, 1 + 0.7 * Math.log10(1 + ratePerSecond))
}

/** Steps, so that a rate that trembles does not make its wagons jump every second. */
const gaps = [8, 10, 13, 16, 20, 26, 33, 42, 60]
const speeds = [12, 16, 21, 28, 36, 46, 58, 72]

function nearest(steps: readonly number[], value: number): number {
  return steps.reduce((best, step) => (Math.abs(Math.log(step / value)) < Math.abs(Math.log(best / value)) ? step : best))
}

/** The gap is 1,000 over the rate, 8 to 60 px; ten times the p95 is about half the speed. */
export function wagonsOf(ratePerSecond: number, p95Ms: number | null): Wagons | null {
  if (ratePerSecond <= 0) return null
  return { gapPx: nearest(gaps, 1_000 / ratePerSecond), pxPerSecond: nearest(speeds, 72 / (1 + 0.5 * Math.log10(1 + (p95Ms ?? 0)) ** 1.5)) }
}

/** `target`: the state of the place that answers; a line is failing together with what it calls. */
export function viewEdge(edge: DeclaredEdge, seen: Seen | null, stale: boolean, target: Lamp): EdgeView {
  const measure = seen && (sum(edge.measures.map(seen.measure)) ?? (edge.countedWith && seen.measure(edge.countedWith) ? nothing : null))
  if (!measure) {
    const unknown = { ratePerSecond: null, errorsPerSecond: null, p50Ms: null, p95Ms: null, width: 1, wagons: null }
    return { id: edge.id, state: 'silent', ...unknown, label: { rate: mapTexts.noData, time: null, errors: null }, word: mapTexts.noData }
  }
  const { ratePerSecond, errorsPerSecond, p50Ms, p95Ms } = measure
  const share = ratePerSecond > 0 ? Math.min(1, errorsPerSecond / ratePerSecond) : 0
  const isProvider = edge.measures[0]?.startsWith('provider.') ?? false
  const failing = isProvider && target === 'fail' && share > 0
  const state = failing ? 'failing' : ratePerSecond > 0 ? 'flowing' : 'quiet'
  return {
    id: edge.id,
    state,
    ratePerSecond,
    errorsPerSecond,
    p50Ms,
    p95Ms,
    width: edgeWidth(ratePerSecond),
    wagons: stale ? null : wagonsOf(ratePerSecond, p95Ms),
    label: {
      rate: formatRate((edge.label?.sums && sum(edge.label.sums.map(seen.measure))?.ratePerSecond) ?? ratePerSecond),
      time: p95Ms === null || ratePerSecond === 0 ? null : formatTook(p95Ms),
      errors: errorsPerSecond > 0 && !isLetters(edge) ? (share < 0.0995 ? `${formatShare(share)} fail` : formatShare(share)) : null,
    },
    word: { failing: mapTexts.words.failing, flowing: mapTexts.words.ok, quiet: mapTexts.words.idle }[state],
  }
}

const nothing: Measure = { ratePerSecond: 0, errorsPerSecond: 0, p50Ms: null, p95Ms: null }

const isLetters = ({ to }: DeclaredEdge): boolean => to === 'letters'

/** Rates add up; times are those of the first that has any. */
function sum(measures: (Measure | null)[]): Measure | null {
  const known = measures.filter((one) => one !== null)
  if (known.length === 0) return null
  const timed = known.find(({ p95Ms }) => p95Ms !== null)
  return {
    ratePerSecond: known.reduce((all, one) => all + one.ratePerSecond, 0),
    errorsPerSecond: known.reduce((all, one) => all + one.errorsPerSecond, 0),
    p50Ms: timed?.p50Ms ?? null,
    p95Ms: timed?.p95Ms ?? null,
  }
}
