// Ids are UUIDv7 (RFC 9562): ordered by time, so that a range partition and a keyset page need nothing else.
// Inside they are plain UUIDs; outside they carry a type prefix and no dashes: evt_0192f3a0....
import { v7 } from 'uuid'

export const idPrefixes = {
  event: 'evt_',
  notification: 'ntf_',
  delivery: 'dlv_',
  deadLetter: 'dl_',
  replay: 'rpl_',
  attachment: 'att_',
  endpoint: 'end_',
  cause: 'cau_',
  workflow: 'wfl_',
  apiKey: 'key_',
  operator: 'opr_',
  workspace: 'wsp_',
  process: 'prc_',
  mail: 'mail_',
  jobOperation: 'jop_',
  discard: 'dsc_',
  savedView: 'vw_',
} as const

export type IdKind = keyof typeof idPrefixes

/** A new UUIDv7, with dashes. Monotonic inside one process. */
export function newUuid(): string {
  return v7()
}

/** UUID -> the id that clients see. */
export function publicId(kind: IdKind, uuid: string): string {
  return idPrefixes[kind] + uuid.replaceAll('-', '')
}

/** The same for a column that may be NULL. */
export function publicIdOrNull(kind: IdKind, uuid: string | null | undefined): string | null {
  return uuid ? publicId(kind, uuid) : null
}

const hex32 = /^[0-9a-f]{32}$/

/** The id that clients see -> UUID with dashes, or null when it is not one of this kind. */
export function parsePublicId(kind: IdKind, id: string): string | null {
  const prefix = idPrefixes[kind]
  if (!id.startsWith(prefix)) return null
  const hex = id.slice(prefix.length)
  if (!hex32.test(hex)) return null
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The moment inside a UUIDv7, in milliseconds since 1970. */
export function uuidTime(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)
}

/** The smallest UUIDv7 of a moment: the bound for range partitions and for `from` / `to` filters on ids. */
export function uuidFloor(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`
}
