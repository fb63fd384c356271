import { idPrefixes, parsePublicId, type IdKind } from '#shared/ids.ts'

const bareHex = /^[0-9a-f]{32}$/
const dashed = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** An id as people paste it: with its prefix, without, or as a UUID. The UUID, or null when the text is none. */
export function readId(text: string): string | null {
  const lower = text.toLowerCase()
  for (const kind of Object.keys(idPrefixes) as IdKind[]) {
    const uuid = parsePublicId(kind, lower)
    if (uuid) return uuid
  }
  if (dashed.test(lower)) return lower
  return bareHex.test(lower) ? parsePublicId('event', `evt_${lower}`) : null
}
