// Files for people who may only look: that there is one, of what kind, what became of it; not what it is called, nor what is in it. Pure.
import type { AttachmentSummary, AttachmentView } from '#shared/contracts/attachment.ts'
import { mask } from '#shared/redact.ts'
import { hideText } from '../masking/index.ts'

export function redactSummary(file: AttachmentSummary): AttachmentSummary {
  // A name may be a person's; a hash tells a document by itself.
  return { ...file, masked: true, filename: hideText(file.filename), sha256: hideText(file.sha256), reason: hideSums(file.reason) }
}

export function redactView(file: AttachmentView): AttachmentView {
  const checks = file.checks.map((check) => ({ ...check, detail: hideSums(check.detail) }))
  return { ...file, ...redactSummary(file), checks, url: null }
}

function hideSums<T extends string | null>(text: T): T {
  return (text && text.replaceAll(/\b[0-9a-f]{64}\b/gi, mask)) as T
}
