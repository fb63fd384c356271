// Headers of pages: nothing from elsewhere, nothing inline but what this very page was built with, in nobody's frame.
import { createHash } from 'node:crypto'

const inlineScript = /<script\b([^>]*)>([\s\S]*?)<\/script>/gi
const inlineStyle = /<style\b[^>]*>([\s\S]*?)<\/style>/gi
/** Data blocks are not run, and need no hash. */
const dataType = /\btype\s*=\s*["']?(application\/(ld\+)?json|speculationrules)/i

/** The policy for one page: `self`, and the hashes of its own inline scripts and styles. */
export function contentSecurityPolicy(html: string): string {
  const scripts = new Set<string>()
  for (const [, attributes = '', text = ''] of html.matchAll(inlineScript)) {
    if (!/\bsrc\s*=/i.test(attributes) && !dataType.test(attributes) && text !== '') scripts.add(sourceHash(text))
  }
  const styles = new Set<string>()
  for (const [, text = ''] of html.matchAll(inlineStyle)) styles.add(sourceHash(text))
  return [
    "default-src 'self'",
    ["script-src 'self'", ...scripts].join(' '),
    ["style-src 'self'", ...styles].join(' '),
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

const kept = new Map<string, string>()
const keptPages = 20

/** Every security header of a page. Policies are remembered: a built page is the same text each time. */
export function pageHeaders(html: string): Record<string, string> {
  let policy = kept.get(html)
  if (!policy) {
    policy = contentSecurityPolicy(html)
    if (kept.size >= keptPages) kept.clear()
    kept.set(html, policy)
  }
  return {
    'content-security-policy': policy,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  }
}
