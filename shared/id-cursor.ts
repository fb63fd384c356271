// Cursors of lists whose order is that of their ids: the position is the last item's own id.
import { decodeCursor } from './contracts/page.ts'
import { Fault } from './fault.ts'
import { parsePublicId, publicId, uuidTime, type IdKind } from './ids.ts'

/** 422 for a cursor that is none of ours. */
export function cursorFault(): Fault {
  const message = 'is not a cursor that this API gave out'
  return new Fault('invalid', `The cursor ${message}.`, { errors: [{ path: 'cursor', message }] })
}

/** The UUID before which a page ends, or undefined for the first one. Fault 'invalid' for a foreign cursor. */
export function uuidOfCursor(kind: IdKind, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const uuid = parsePublicId(kind, decodeCursor(cursor) ?? '')
  if (!uuid) throw cursorFault()
  return uuid
}

/** A place in a list of ids, for a cursor, and the time that it stands for. */
export function positionOf(kind: IdKind, uuid: string | null): { position: string; at: string } | null {
  return uuid === null ? null : { position: publicId(kind, uuid), at: new Date(uuidTime(uuid)).toISOString() }
}

/** The UUID of an id that a contract has checked. Fault 'not-found' for one that it has not. */
export function uuidOf(kind: IdKind, id: string): string {
  const uuid = parsePublicId(kind, id)
  if (!uuid) throw new Fault('not-found', 'There is no such thing here.')
  return uuid
}
