// CSV (RFC 4180) that spreadsheets open without running what stands in it.

/** One line with its end. Text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP: CSV injection). */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: string | number | null): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const text = /^[\s]*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return `"${text.replaceAll('"', '""')}"`
}
