// Pure: takes out of a text of a program where things run.

const systemCodes =
  'ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN|EPIPE|ENOENT|EACCES|ENOSPC'
const place = '(elsewhere)'

const rules: readonly [RegExp, string][] = [
  // 'connect ECONNREFUSED 10.0.0.5:9000', 'getaddrinfo ENOTFOUND minio.internal': the rest of it is where.
  [new RegExp(String.raw`\b(${systemCodes})\s+[\w.[\]-][\w.:[\]-]*`, 'g'), '$1'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"<>)]+/gi, place],
  [/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w.]\d)/g, place],
  [/\[[0-9a-f:]+(?:%\w+)?\](?::\d{1,5})?|(?<![\w:$])(?:[0-9a-f]{1,4}:){1,7}(?::[0-9a-f]{1,4}){1,7}(?!\w)|(?<![\w:$])::1(?!\w)/gi, place],
  // localhost:9000, minio:9000, db.internal:5432
  [/(?<![\w./-])(?!(?:line|col):)(?:localhost|[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*):\d{2,5}(?!\w)/gi, place],
  // '/var/lib/signalbox/files/...'
  [/(['"`])\/[^'"`]*\1/g, place],
]

export function withoutPlaces(text: string): string {
  return rules.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text)
}
