// A mail's HTML as a document for a frame that may do nothing: sandboxed, with a policy of its own before anything of the mail.

/**
 * The mail with a policy in front: styles of the mail itself and pictures inside it (data:), nothing else; no scripts, no requests,
 * no forms, no base. The frame's `sandbox=""` says the same once more, and gives it an origin of its own.
 */
export function mailDocument(html: string): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
  // A mail looks as its sender made it: dark text on white, whatever the theme of the console.
  const ground = 'html{background:#fff;color:#15191d;font:14px/1.5 system-ui,sans-serif}'
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="content-security-policy" content="${policy}"><meta name="referrer" content="no-referrer"><style>${ground}</style></head><body>${html}</body></html>`
}
