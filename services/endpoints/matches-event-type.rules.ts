/** True when one of the patterns names the type: exactly, by a prefix that ends in `.*` (`a.*` takes `a.b` and `a.b.c`, not `a`), or `*`. */
export function matchesEventType(patterns: readonly string[], type: string): boolean {
  return patterns.some((pattern) => pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)) && type.length >= pattern.length))
}
