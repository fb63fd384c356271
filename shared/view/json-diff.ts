// What differs between two JSON values, place by place: what a person has to read before an edited copy is sent.

export interface JsonChange {
  /** JSON Pointer (RFC 6901); '' is the whole. */
  path: string
  kind: 'added' | 'removed' | 'changed'
  before?: unknown
  after?: unknown
}

const escape = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** In the order of the old value, then what is new. Lists are compared place by place. */
export function diffJson(before: unknown, after: unknown, path = ''): JsonChange[] {
  if (Object.is(before, after)) return []
  const lists = Array.isArray(before) && Array.isArray(after)
  if (lists || (isObject(before) && isObject(after))) {
    const old = before as Record<string, unknown>
    const now = after as Record<string, unknown>
    const changes: JsonChange[] = []
    for (const key of Object.keys(old)) {
      const at = `${path}/${escape(key)}`
      if (!Object.hasOwn(now, key)) changes.push({ path: at, kind: 'removed', before: old[key] })
      else changes.push(...diffJson(old[key], now[key], at))
    }
    for (const key of Object.keys(now))
      if (!Object.hasOwn(old, key)) changes.push({ path: `${path}/${escape(key)}`, kind: 'added', after: now[key] })
    return changes
  }
  return [{ path, kind: 'changed', before, after }]
}
