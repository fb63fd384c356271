// Where to go after signing in: a path of this console, never another site's.

/** The path if it is one of ours; '/' for anything else. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !/^\/(?![/\\])/.test(next) || next.startsWith('/sign-in')) return '/'
  // Browsers drop tabs and newlines, and read a backslash as a slash.
  // eslint-disable-next-line no-control-regex
  return /[\\\u0000-\u001f]/.test(next) ? '/' : next
}
