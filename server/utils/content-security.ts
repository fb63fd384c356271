// Headers of pages: nothing from elsewhere, nothing inline but what this very answer was sent with, in nobody's frame.
import { randomBytes } from 'node:crypto'

/** Scripts and styles that the page brings along; pages are made from our own build only, never from anybody's data. */
const inline = /<(script|style)\b(?![^>]*\bnonce=)/gi

export interface SecurePage {
  html: string
  headers: Record<string, string>
}

/** The policy of one answer: `self`, what carries its nonce, and calls to the object store, when files are uploaded there. */
function contentSecurityPolicy(nonce: string, uploadOrigin: string | undefined): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    ...(uploadOrigin === undefined ? [] : [`connect-src 'self' ${uploadOrigin}`]),
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Gives a page a nonce of its own, and every security header. The answer must not be cached where others get it. */
export function securePage(html: string, options: { uploadOrigin?: string | undefined } = {}): SecurePage {
  const nonce = randomBytes(16).toString('base64')
  return {
    html: html.replaceAll(inline, `<$1 nonce="${nonce}"`),
    headers: {
      'content-security-policy': contentSecurityPolicy(nonce, options.uploadOrigin),
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      'cache-control': 'no-store',
    },
  }
}
