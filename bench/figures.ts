// The table: every figure beside its limit, in the same run, and its budget.

export interface Figure {
  /** Which row of quality.md's table it answers. */
  row: string
  figure: string
  /** The bare-library limit it stands beside, if it has one. */
  beside?: string
  /** What must be reached now. */
  budget?: string
  /** What the design aims at. */
  goal?: string
  /** False = the budget is missed; undefined = nothing to reach. */
  ok?: boolean
}

function verdict({ ok, budget }: Figure): string {
  if (ok === undefined) return ''
  if (ok) return 'ok'
  return budget === undefined ? 'goal not reached' : 'MISS'
}

export function figureTable(figures: Figure[]): string {
  const cells = figures.map((figure) => [
    figure.row,
    figure.figure,
    figure.beside ?? '',
    figure.budget ?? '',
    figure.goal ?? '',
    verdict(figure),
  ])
  const rows = [['what', 'figure', 'beside, in the same run', 'budget', 'goal', ''], ...cells]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (row: string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()
  return [line(rows[0]!), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.slice(1).map(line)].join('\n')
}

export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en-US')}/s`
/** JSON has no NaN: what nothing was measured of comes as null. */
export const ms = (value: number | null): string =>
  value === null || Number.isNaN(value) ? '-' : `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`
export const ratio = (value: number): string => value.toFixed(value < 0.1 ? 3 : 2)
export const mean = (...values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
