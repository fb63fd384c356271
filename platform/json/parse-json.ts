// JSON from strangers. JSON.parse alone lets through what breaks later: `__proto__` keys, NUL (Postgres refuses it),
// lone surrogates (not UTF-8 any more), numbers that became Infinity, nesting that overflows a recursive reader.
// One scan over the bytes decides whether any of that is possible; nearly always it is not, and the walk is skipped.
import { isUtf8 } from 'node:buffer'
import { Fault, type FaultDetail } from '#shared/fault.ts'

export const maxJsonDepth = 32

export interface ParseJsonOptions {
  /** Default 32. The outermost object or array is depth 1. */
  maxDepth?: number
}

const quote = 0x22
const backslash = 0x5c
const letterU = 0x75

interface Scan {
  depth: number
  /** Something in it needs the careful walk. */
  suspicious: boolean
}

/** Finds the depth, `\u` escapes and numbers that may not fit, without building anything. Meaningful for valid JSON only. */
function scan(bytes: Uint8Array): Scan {
  let depth = 0
  let deepest = 0
  let suspicious = false
  const length = bytes.length
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]!
    if (byte === quote) {
      for (at++; at < length; at++) {
        const inside = bytes[at]!
        if (inside === quote) break
        if (inside === backslash && bytes[++at] === letterU) suspicious = true
      }
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepest) deepest = depth
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--
    } else if (byte >= 0x30 && byte <= 0x39) {
      const start = at
      for (at++; at < length; at++) {
        const digit = bytes[at]!
        if (digit === 0x65 || digit === 0x45) suspicious = true
        else if (!((digit >= 0x30 && digit <= 0x39) || digit === 0x2e || digit === 0x2b || digit === 0x2d)) break
      }
      if (at - start > 300) suspicious = true
      at--
    }
  }
  return { depth: deepest, suspicious }
}

interface Place {
  value: unknown
  depth: number
  parent: Place | undefined
  key: string | number
}

function pointerOf(place: Place, key?: string | number): string {
  const parts: (string | number)[] = key === undefined ? [] : [key]
  for (let at: Place | undefined = place; at?.parent; at = at.parent) parts.unshift(at.key)
  return jsonPointer(parts)
}

/** RFC 6901. Characters that cannot stand in an answer are replaced. */
export function jsonPointer(parts: readonly PropertyKey[]): string {
  return parts
    .map(
      (part) => `/${String(part).slice(0, 200).replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('\u0000', '\ufffd').toWellFormed()}`,
    )
    .join('')
}

const maxErrors = 20

/**
 * Finds what must not come in, each with its path; empty when the value is clean. Iterative, so that no nesting overflows the stack.
 * `constructor` is refused as a key whatever it holds, like `__proto__`: both reach prototypes in code that copies keys.
 */
export function findUnsafe(value: unknown, maxDepth = maxJsonDepth): FaultDetail[] {
  const errors: FaultDetail[] = []
  const open: Place[] = [{ value, depth: 0, parent: undefined, key: '' }]
  while (open.length > 0 && errors.length < maxErrors) {
    const place = open.pop()!
    const current = place.value
    if (typeof current === 'string') {
      const message = unsafeText(current)
      if (message) errors.push({ path: pointerOf(place), message })
    } else if (typeof current === 'number') {
      if (!Number.isFinite(current)) errors.push({ path: pointerOf(place), message: 'is a number out of range' })
    } else if (typeof current === 'object' && current !== null) {
      const depth = place.depth + 1
      if (depth > maxDepth) {
        errors.push({ path: pointerOf(place), message: `is nested deeper than ${maxDepth} levels` })
        continue
      }
      if (Array.isArray(current)) {
        for (let index = current.length - 1; index >= 0; index--) {
          const item: unknown = current[index]
          if (item === null || typeof item === 'boolean') continue
          open.push({ value: item, depth, parent: place, key: index })
        }
      } else {
        for (const [key, item] of Object.entries(current)) {
          const message = key === '__proto__' || key === 'constructor' ? 'is not allowed as a key' : unsafeText(key)
          if (message) errors.push({ path: pointerOf(place, key), message })
          open.push({ value: item, depth, parent: place, key })
        }
      }
    }
  }
  return errors.slice(0, maxErrors)
}

function unsafeText(text: string): string | undefined {
  if (text.includes('\u0000')) return 'contains the character NUL'
  if (!text.isWellFormed()) return 'contains half of a surrogate pair'
  return undefined
}

/**
 * Bytes -> JSON value. Throws Fault: 'bad-encoding' (400) when it is not UTF-8, 'not-json' (400) when it is not JSON,
 * 'invalid' (422, with paths) for what JSON allows and we do not. A byte order mark is skipped (RFC 8259, 8.1).
 */
export function parseJsonBytes(bytes: Buffer, options: ParseJsonOptions = {}): unknown {
  const maxDepth = options.maxDepth ?? maxJsonDepth
  if (!isUtf8(bytes)) throw new Fault('bad-encoding', 'The body must be JSON in UTF-8.')
  const start = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8', start))
  } catch {
    // The parser's message quotes the body: it is not passed on.
    throw new Fault('not-json', bytes.length === start ? 'The body is empty; it must be JSON.' : 'The body must be JSON.')
  }
  const { depth, suspicious } = scan(bytes)
  if (suspicious || depth > maxDepth || bytes.includes('__proto__') || bytes.includes('"constructor"')) {
    const errors = findUnsafe(value, maxDepth)
    if (errors.length > 0) throw new Fault('invalid', 'The body contains what is not allowed.', { errors })
  }
  return value
}
