// What people without the right to act see of payloads: the shape, not secrets nor persons. Pure, by name and by the look of the value.

export const mask = '\u2022\u2022\u2022'

/** Examples of what the two patterns below meet, for people. */
export const standardNames = [
  ...[
    'password',
    'secret',
    'token',
    'apiKey',
    'accessKey',
    'privateKey',
    'authorization',
    'cookie',
    'signature',
    'sessionId',
    'pin',
    'otp',
  ],
  ...['email', 'phone', 'address', 'street', 'postCode', 'firstName', 'lastName', 'birth', 'ssn', 'passport', 'iban', 'cardNumber', 'ip'],
] as const

const secretNames =
  /pass(word|phrase|wd)?$|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|authori[sz]ation|cookie|credential|signature|session[-_]?id|^pin$|^otp$|^cvv$|^cvc$/i
const personalNames =
  /e[-_]?mail|phone|mobile|address|street|(post|zip)[-_]?code|(first|last|full|sur|family|given|user|display)[-_]?name|birth|^dob$|ssn|passport|iban|card[-_]?number|^ip$|ip[-_]?addr|latitude|longitude|^location$/i

// Payloads are written by strangers and read in the API process: what repeats without a bound begins where its run of characters
// begins (the look-behinds), else a megabyte without a blank is looked through from each of its characters.
const addressPattern = /(?<![^\s@"'<>,;])[^\s@"'<>,;]+@[^\s@"'<>,;]+\.[^\s@"'<>,;]+/g
/** What a JWT can stand in: its parts, and the dots between them. */
const dottedRun = /[A-Za-z0-9_.-]{13,}/g
const secretValues: RegExp[] = [
  // Keys with a known beginning, bearer tokens, PEM, cards and IBANs, phone numbers.
  /\b(?:sk|pk|rk|sb|ghp|gho|ghs|xox[abp]|whsec|AKIA)[-_][A-Za-z0-9_-]{12,}/g,
  /\bAKIA[A-Z0-9]{16}\b/g,
  /\b[Bb]earer\s+[A-Za-z0-9._~+/-]{8,}=*/g,
  /-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/g,
  /\b(?:\d[ -]?){13,19}\b/g,
  /\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b/g,
  /(?<![\w.])\+\d[\d ()-]{7,18}\d\b/g,
]

/** JWTs in a run: a part with the beginning of a JSON object in it, and the two parts after it. */
function maskTokens(run: string): string {
  const parts = run.split('.')
  const shown: string[] = []
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]!
    const begin = parts[at + 1] && parts[at + 2] !== undefined ? /\beyJ[A-Za-z0-9_-]{8}/.exec(part) : null
    shown.push(begin ? part.slice(0, begin.index) + mask : part)
    if (begin) at += 2
  }
  return shown.join('.')
}

/** A text with everything that looks like an address, a number of a person or a secret taken out. */
export function redactText(text: string): string {
  let masked = text.replace(addressPattern, mask).replace(dottedRun, maskTokens)
  for (const pattern of secretValues) masked = masked.replace(pattern, mask)
  return masked
}

/**
 * A copy of a JSON value in which values under secret or personal names, and texts that look like such, are masked. `names` are
 * further names to mask (a workspace's own), compared without regard to upper and lower case.
 */
export function redactJson<T>(value: T, names: readonly string[] = []): T {
  const own = new Set(names.map((name) => name.toLowerCase()))
  const hidden = (key: string): boolean => own.has(key.toLowerCase()) || secretNames.test(key) || personalNames.test(key)
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return redactText(part)
    if (Array.isArray(part)) return part.map(walk)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, hidden(key) ? maskOf(inner) : walk(inner)]))
  }
  return walk(value) as T
}

/** Nothing stays nothing, so that a missing value can still be seen. */
function maskOf(value: unknown): unknown {
  if (value === null || value === '') return value
  if (Array.isArray(value)) return value.map(maskOf)
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskOf(inner)]))
  return mask
}
