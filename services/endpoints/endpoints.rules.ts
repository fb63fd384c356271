// Which events an endpoint gets. Pure.

/** True when one of the patterns names this type: exactly, by a prefix ending in `.*`, or as `*`. */
export function matchesEventType(patterns: readonly string[], type: string): boolean {
  return patterns.some(
    (pattern) => pattern === type || pattern === '*' || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))),
  )
}
