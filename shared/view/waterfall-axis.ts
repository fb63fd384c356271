// The time axis of a waterfall: two linear pieces, because most of what happens takes milliseconds and some of it minutes.
// Positions are shares of the plot's width, 0 to 1; times are milliseconds since the start.

export interface Tick {
  x: number
  label: string
  piece: 1 | 2
  /** Which side of the label stands at x: labels at the ends of a piece stay inside it. */
  align: 'start' | 'middle' | 'end'
}

export interface Axis {
  /** Where the second piece goes on; Infinity when one piece holds it all. */
  breakMs: number
  endMs: number
  ticks: Tick[]
  /** Where the axis breaks, to draw the mark; null with one piece. */
  breakX: number | null
}

export const firstPieceMs = 100
/** Both pieces begin at 0 and leave room for marks at their ends. */
const whole = { from: 0.02, to: 0.97 }
const first = { from: 0.02, to: 0.27 }
const second = { from: 0.31, to: 0.97 }

const steps = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 1_800_000]
  .concat([3_600_000, 7_200_000, 14_400_000, 21_600_000, 43_200_000, 86_400_000])
  .concat([2, 5, 7, 14, 30, 60, 120, 360].map((days) => days * 86_400_000))

/** `endMs` = the last moment to show. */
export function makeAxis(endMs: number): Axis {
  if (endMs <= firstPieceMs) {
    const ticks = [0, 25, 50, 75, 100].map((ms) => ({
      x: place(ms / firstPieceMs, whole),
      label: ms === 100 ? '100 ms' : String(ms),
      piece: 1 as const,
      align: alignOf(ms, firstPieceMs),
    }))
    return { breakMs: Infinity, endMs: firstPieceMs, ticks, breakX: null }
  }
  const step = steps.find((candidate) => endMs / candidate <= 6) ?? steps.at(-1)!
  const ticks: Tick[] = [0, 50, firstPieceMs].map((ms) => ({
    x: place(ms / firstPieceMs, first),
    label: ms === firstPieceMs ? '100 ms' : String(ms),
    piece: 1 as const,
    align: alignOf(ms, firstPieceMs),
  }))
  for (let ms = 0; ms <= endMs; ms += step)
    ticks.push({ x: place(ms / endMs, second), label: ms === 0 ? '0' : tickLabel(ms), piece: 2, align: alignOf(ms, Infinity) })
  return { breakMs: firstPieceMs, endMs, ticks, breakX: (first.to + second.from) / 2 }
}

/** Where a moment stands; what lies outside stands at the edge. */
export function xOf(axis: Axis, ms: number): number {
  if (axis.breakMs === Infinity) return place(ms / axis.endMs, whole)
  return ms <= axis.breakMs ? place(ms / axis.breakMs, first) : place(ms / axis.endMs, second)
}

/** A span of time as one part, or two when it crosses the break. */
export function partsOf(axis: Axis, fromMs: number, toMs: number): { x: number; width: number }[] {
  const part = (from: number, to: number): { x: number; width: number } => ({ x: from, width: Math.max(0, to - from) })
  if (toMs <= axis.breakMs || fromMs > axis.breakMs) return [part(xOf(axis, fromMs), xOf(axis, toMs))]
  return [part(xOf(axis, fromMs), first.to), part(second.from, xOf(axis, toMs))]
}

/** Where words may begin that belong to something in the first piece. */
export const secondPieceFrom = second.from

function place(share: number, piece: { from: number; to: number }): number {
  return piece.from + Math.min(1, Math.max(0, share)) * (piece.to - piece.from)
}

function alignOf(ms: number, endMs: number): Tick['align'] {
  return ms === 0 ? 'start' : ms === endMs ? 'end' : 'middle'
}

function tickLabel(ms: number): string {
  if (ms < 1_000) return `${ms} ms`
  if (ms < 60_000 || (ms < 300_000 && ms % 60_000 !== 0)) return `${ms / 1_000} s`
  if (ms < 3_600_000) return `${round(ms / 60_000)} min`
  if (ms < 86_400_000) return `${round(ms / 3_600_000)} h`
  return `${round(ms / 86_400_000)} d`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
