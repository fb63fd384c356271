// Our own reading of the path: a router that decodes before it splits hands over ids that nobody sent.
import { Fault } from '#shared/fault.ts'

export type PathMatcher = (rawPath: string) => Record<string, string> | null

/** '/api/v1/recipients/{id}' -> a function from a raw path to decoded params, or null. Throws Fault 'bad-request' on malformed percent-encoding. */
export function pathMatcher(template: string): PathMatcher {
  const parts = template.split('/').map((part) => (part.startsWith('{') ? { name: part.slice(1, -1) } : { text: part }))
  return (rawPath) => {
    const given = rawPath.split('/')
    if (given.length === parts.length + 1 && given.at(-1) === '') given.pop()
    if (given.length !== parts.length) return null
    const params: Record<string, string> = {}
    for (const [index, part] of parts.entries()) {
      const value = decodePart(given[index] as string)
      if ('text' in part) {
        if (value !== part.text) return null
      } else {
        if (value === '') return null
        params[part.name] = value
      }
    }
    return params
  }
}

function decodePart(part: string): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Fault('bad-request', 'The path is not valid percent-encoded UTF-8.')
  }
}

/** Query string -> values; a parameter that is repeated becomes an array, which no scalar schema takes. */
export function parseQuery(target: string): Record<string, string | string[]> {
  const start = target.indexOf('?')
  const query: Record<string, string | string[]> = Object.create(null)
  if (start === -1) return query
  const end = target.indexOf('#', start)
  for (const pair of target.slice(start + 1, end === -1 ? undefined : end).split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodePair(equals === -1 ? pair : pair.slice(0, equals))
    const value = decodePair(equals === -1 ? '' : pair.slice(equals + 1))
    const known = query[name]
    query[name] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value]
  }
  return query
}

function decodePair(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new Fault('bad-request', 'The query is not valid percent-encoded UTF-8.')
  }
}
