// The list of masked names as it is typed: one a line, or with commas between.

/** Without blanks and repeats; upper and lower case are one name. */
export function namesOf(text: string): string[] {
  const seen = new Map<string, string>()
  for (const name of text.split(/[\n,]/).map((part) => part.trim()))
    if (name !== '' && !seen.has(name.toLowerCase())) seen.set(name.toLowerCase(), name)
  return [...seen.values()]
}

/** What stands in `after` only. */
export function addedNames(before: readonly string[], after: readonly string[]): string[] {
  const known = new Set(before.map((name) => name.toLowerCase()))
  return after.filter((name) => !known.has(name.toLowerCase()))
}
