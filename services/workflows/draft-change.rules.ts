// What an audit entry says of a draft that was saved: the places that differ, by JSON Pointer, with what stood there and stands there now.
import { diffJson } from '#shared/view/json-diff.ts'

interface Draft {
  draft: unknown
  draftVersion: number
}

/** An entry is read by a person: of a long template it has the beginning. */
const maxCharacters = 1_000
/** Of a workflow that was written anew, what comes first. */
const maxPlaces = 40

/** `{ before, after }`, each `draftVersion` and the values by place. */
export function draftChange(
  before: Draft,
  after: Draft,
): { before: Record<string, unknown>; after: Record<string, unknown>; places: number } {
  const changes = diffJson(before.draft, after.draft)
  const side = (which: 'before' | 'after', version: number): Record<string, unknown> => ({
    draftVersion: version,
    ...Object.fromEntries(
      changes
        .slice(0, maxPlaces)
        .filter((change) => change.kind !== (which === 'before' ? 'added' : 'removed'))
        .map((change) => [change.path, shorten(change[which])]),
    ),
  })
  return { before: side('before', before.draftVersion), after: side('after', after.draftVersion), places: changes.length }
}

function shorten(value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (text === undefined || text.length <= maxCharacters) return value
  return `${text.slice(0, maxCharacters)}... (${text.length} characters)`
}
