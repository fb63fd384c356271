// The scrubber: where moments stand on the line, which incidents and marks have room, and how one goes from incident to incident.
import { auditDeed } from './audit-view.ts'
import type { LiveHistory } from '../contracts/topology.ts'
import { mapTexts } from '../texts/map.ts'
import type { Lamp } from './status-view.ts'
import { shortTime } from './times.ts'

export const ranges = { '4h': 4 * 3_600_000, '7d': 7 * 86_400_000 } as const
export type RangeName = keyof typeof ranges

export interface Span {
  fromMs: number
  toMs: number
}

/** 0 to 1; outside of the span it is cut. */
export function shareOf(atMs: number, { fromMs, toMs }: Span): number {
  return Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)))
}

export interface IncidentBar {
  id: string
  nodeId: string
  state: Lamp
  from: number
  to: number
  beganMs: number
  /** null where another label stands already. */
  label: string | null
  title: string
}

/** Worst last, so that it lies on top; labels from the newest to the oldest, while they have room. */
export function incidentBars(
  incidents: LiveHistory['incidents'],
  span: Span,
  widthPx: number,
  titleOf: (nodeId: string) => string,
): IncidentBar[] {
  const weight = { fail: 3, warn: 2, paused: 1, ok: 0, 'no-data': 0 }
  const taken: [number, number][] = []
  return incidents
    .filter(({ endedAt }) => endedAt === null || Date.parse(endedAt) > span.fromMs)
    .toSorted((a, b) => Date.parse(b.beganAt) - Date.parse(a.beganAt))
    .map((one) => {
      const from = shareOf(Date.parse(one.beganAt), span)
      const to = one.endedAt ? shareOf(Date.parse(one.endedAt), span) : 1
      const text = mapTexts.time.incident(titleOf(one.nodeId), one.state)
      const label = roomFor(taken, from * widthPx, text.length * 6 + 8, widthPx) ? text : null
      return {
        id: one.id,
        nodeId: one.nodeId,
        state: one.state === 'no-data' ? ('none' as const) : one.state,
        from,
        to: Math.max(to, from + 3 / widthPx),
        beganMs: Date.parse(one.beganAt),
        label,
        title: `${text}: ${one.reason}`,
      }
    })
    .toSorted((a, b) => weight[a.state === 'none' ? 'no-data' : a.state] - weight[b.state === 'none' ? 'no-data' : b.state])
}

function roomFor(taken: [number, number][], left: number, width: number, widthPx: number): boolean {
  const from = Math.min(left, widthPx - width)
  if (from < 0 || taken.some(([a, b]) => from < b && a < from + width)) return false
  taken.push([from, from + width])
  return true
}

export interface ChangeMark {
  id: string
  at: number
  atMs: number
  label: string | null
  title: string
}

/** What people changed, as diamonds; the newest ones say what. */
export function changeMarks(markers: LiveHistory['markers'], span: Span, widthPx: number): ChangeMark[] {
  const taken: [number, number][] = []
  return markers.toReversed().map((one) => {
    const at = shareOf(Date.parse(one.at), span)
    const text = auditDeed({ ...one, details: {} })
    const width = text.length * 6 + 16
    const label = roomFor(taken, at * widthPx - width, width, widthPx) ? text : null
    return { id: one.id, at, atMs: Date.parse(one.at), label, title: `${text}, ${one.by}${one.reason ? `: ${one.reason}` : ''}` }
  })
}

/** Round moments for the axis. */
export function timeTicks(span: Span, nowMs: number, widthPx = 800): { at: number; label: string }[] {
  const steps = [600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000]
  const most = Math.min(8, Math.max(2, Math.floor(widthPx / 70)))
  const step = steps.find((one) => (span.toMs - span.fromMs) / one <= most) ?? 86_400_000
  const first = Math.ceil(span.fromMs / step) * step
  const count = Math.max(0, Math.floor((span.toMs - first) / step) + 1)
  return Array.from({ length: count }, (_, index) => first + index * step).map((atMs) => ({
    at: shareOf(atMs, span),
    label: step >= 86_400_000 ? shortTime(atMs, nowMs).slice(0, -6) || shortTime(atMs, nowMs) : shortTime(atMs, nowMs),
  }))
}

/** Where `[` and `]` go: the beginning of the incident before or after; null = there is none. */
export function neighbourIncident(incidents: LiveHistory['incidents'], atMs: number, way: 'before' | 'after'): number | null {
  const begins = [...new Set(incidents.map(({ beganAt }) => Date.parse(beganAt)))].sort((a, b) => a - b)
  return way === 'after' ? (begins.find((one) => one > atMs + 999) ?? null) : (begins.findLast((one) => one < atMs - 999) ?? null)
}

/** The line of accepted per second as an SVG path in a box of 1 by 1; gaps where nothing was measured. */
export function rateLine(values: readonly (number | null)[]): { line: string; area: string; most: number } {
  const most = Math.max(1, ...values.map((value) => value ?? 0))
  const x = (index: number): string => (index / Math.max(1, values.length - 1)).toFixed(4)
  let line = ''
  let area = ''
  let start: string | null = null
  values.forEach((value, index) => {
    if (value === null) {
      if (start !== null) area += `L${x(index - 1)} 1Z`
      start = null
      return
    }
    const y = (1 - value / most).toFixed(4)
    line += `${start === null ? 'M' : 'L'}${x(index)} ${y}`
    area += start === null ? `M${x(index)} 1L${x(index)} ${y}` : `L${x(index)} ${y}`
    start ??= x(index)
  })
  if (start !== null) area += `L${x(values.length - 1)} 1Z`
  return { line, area, most }
}
