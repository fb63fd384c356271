// Parameters for prepared statements that carry many rows: one text per column, split in SQL. Measured against arrays
// that the driver quotes element by element: a fifth more rows a second (docs/decisions/0005-group-commit.md).

/** uuid[], int[], bool[] and the like, whose elements never need quoting; null becomes NULL. Use as `$1::uuid[]`. */
export function sqlArray(values: readonly (string | number | boolean | null | undefined)[]): string {
  let text = '{'
  for (let i = 0; i < values.length; i++) {
    if (i > 0) text += ','
    const value = values[i]
    text += value === null || value === undefined ? 'NULL' : value
  }
  return text + '}'
}

/** Record separator: control characters are refused in plain texts at the door and always escaped inside JSON. */
const separator = '\u001e'
const nullMark = '\u001d'

/** Texts, joined. Use with `sqlTexts(n)`. */
export function joinTexts(values: readonly (string | null | undefined)[]): string {
  let text = ''
  for (let i = 0; i < values.length; i++) {
    if (i > 0) text += separator
    text += values[i] ?? nullMark
  }
  return text
}

/** The SQL that splits parameter `$n` into text[]. An empty list must not be sent: it would become one NULL-less row. */
export function sqlTexts(n: number): string {
  return `string_to_array($${n}::text, E'\\x1e', E'\\x1d')`
}

/** Removes what would break `joinTexts` from a text that comes from elsewhere (error messages, provider answers). */
export function withoutControls(text: string, maxLength = 2_000): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, maxLength)
}
