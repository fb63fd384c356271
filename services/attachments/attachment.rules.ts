// Pure: where a file's bytes lie, what its bytes may be, and how they are handed out.
import type { AttachmentCheck } from '#shared/contracts/attachment.ts'

/** Uploads go to the first key; a file that is being checked, and ever after, lies under the second, which no upload URL names. */
export function keysOf(workspaceId: string, id: string): { incoming: string; kept: string; thumbnail: string } {
  const place = `${workspaceId}/${id}`
  return { incoming: `incoming/${place}`, kept: `files/${place}`, thumbnail: `thumbnails/${place}` }
}

/** A file of more parts than this comes in parts; a smaller one in one piece. */
const partsInOnePiece = 4

/** The size of the parts that a file of `size` bytes comes in, all but the last, or null when it comes in one piece. */
export function partBytesOf(size: number, partBytes: number): number | null {
  return size > partsInOnePiece * partBytes ? partBytes : null
}

/** Sizes of the parts of a file, in order. */
export function partSizes(size: number, partBytes: number): number[] {
  const count = Math.ceil(size / partBytes)
  return Array.from({ length: count }, (_, at) => (at < count - 1 ? partBytes : size - partBytes * (count - 1)))
}

/** Those of the parts that have the size they have to have: S3 cannot bind the size of a part to its URL. */
export function wholeParts<P extends { number: number; size: number }>(size: number, partBytes: number, parts: readonly P[]): P[] {
  const sizes = partSizes(size, partBytes)
  return parts.filter((part) => sizes[part.number - 1] === part.size)
}

const shownInBrowsers = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'application/pdf'])

/** True for images of which a thumbnail is made. SVG is a program, not a picture. */
export function isPicture(contentType: string): boolean {
  return shownInBrowsers.has(contentType) && contentType.startsWith('image/')
}

/** How a file is handed out: what a browser can show without running anything, inline; all else as a download of nameless bytes. */
export function servedAs(contentType: string, filename: string): { contentType: string; disposition: string } {
  const safe = shownInBrowsers.has(contentType)
  return {
    contentType: safe ? contentType : 'application/octet-stream',
    disposition: dispositionOf(safe ? 'inline' : 'attachment', filename),
  }
}

/** RFC 6266 with RFC 8187: a name in ASCII for old clients, the whole one for all others. */
export function dispositionOf(kind: 'inline' | 'attachment', filename: string): string {
  const plain = filename.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll(/["\\%]/g, '_')
  const encoded = encodeURIComponent(filename.toWellFormed()).replaceAll(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`
}

const aliases: Record<string, string> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'application/x-pdf': 'application/pdf',
  'application/x-zip-compressed': 'application/zip',
  'application/x-gzip': 'application/gzip',
  'audio/mp3': 'audio/mpeg',
  'audio/x-wav': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'video/x-m4v': 'video/mp4',
}
const nameOf = (type: string): string => aliases[type] ?? type

/** Formats that are a container of another one: its bytes begin like the container's. */
function isInside(declared: string, detected: string): boolean {
  if (detected === 'application/zip')
    return /^application\/(vnd\.openxmlformats|vnd\.oasis|vnd\.ms-.*macroenabled|epub|java-archive|vnd\.android|x-xpinstall|vnd\.apple)/.test(
      declared,
    )
  if (detected === 'application/x-cfb') return /^application\/(msword|vnd\.ms-|vnd\.visio|x-msi|vnd\.ms-outlook)/.test(declared)
  if (detected === 'application/xml') return /(^(text\/(xml|html)|application\/xhtml\+xml)|\+xml)$/.test(declared)
  if (detected === 'application/gzip') return /^application\/(x-gtar|x-tgz|x-compressed-tar)/.test(declared)
  return false
}

/**
 * Do the first bytes agree with what was declared? `detected` is what they say, undefined when they say nothing; `recognisable`: a
 * file of the declared type would have said so.
 */
export function judgeType(declared: string, detected: string | undefined, recognisable: boolean): AttachmentCheck {
  const name = 'type' as const
  const wanted = nameOf(declared)
  if (detected === undefined) {
    return recognisable && !wanted.startsWith('text/') && wanted !== 'application/xml'
      ? { name, outcome: 'failed', detail: `declared as ${declared}, but the bytes are of no such file` }
      : { name, outcome: 'passed', detail: `nothing in the bytes speaks against ${declared}` }
  }
  const found = nameOf(detected)
  if (wanted === found || wanted === 'application/octet-stream' || isInside(wanted, found))
    return { name, outcome: 'passed', detail: `the bytes are of ${detected}` }
  return { name, outcome: 'failed', detail: `declared as ${declared}, but the bytes are of ${detected}` }
}
