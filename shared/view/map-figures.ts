// Figures as the map writes them: short, because they stand beside lines.
import { formatAge } from './figures.ts'

/** '0.4', '37.2' below 100 only where a decimal tells something, '142', '1.2k', '14k', '1.3M'. */
export function shortNumber(value: number): string {
  if (value === 0) return '0'
  if (value < 0.05) return '<0.1'
  if (value < 9.95) return value.toFixed(1)
  if (value < 999.5) return String(Math.round(value))
  const thousands = value / 1_000
  if (thousands < 9.95) return `${thousands.toFixed(1)}k`
  if (thousands < 999.5) return `${Math.round(thousands)}k`
  return `${(thousands / 1_000).toFixed(1)}M`
}

export function formatRate(perSecond: number): string {
  return `${shortNumber(perSecond)}/s`
}

/** '0.4 ms', '12 ms', '1.2 s', then as ages. */
export function formatTook(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  return ms < 999.5 ? `${Math.round(ms)} ms` : formatAge(ms)
}

/** '0.2%', '12%'; exactly none is '0%'. */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent === 0) return '0%'
  if (percent < 0.1) return '<0.1%'
  return percent < 9.95 ? `${percent.toFixed(1)}%` : `${Math.round(percent)}%`
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB']

/** '212 MB', '1.8 TB': powers of 1,000, as disks are sold. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= 999.5 && unit < byteUnits.length - 1) [value, unit] = [value / 1_000, unit + 1]
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${byteUnits[unit]}`
}
