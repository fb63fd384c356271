// Jobs for people who may only look: where they stand and why, without the message and whose address it goes to.
import type { JobDetail } from '#shared/contracts/job.ts'
import { redactText } from '#shared/redact.ts'
import { hideText, redactAttempts, redactPayload } from '../masking/index.ts'
import type { JobRow } from './job.repository.ts'

/** As this caller is shown it: whole where the workspace is open to them. */
export function shownRow(row: JobRow, opens: readonly string[]): JobRow {
  return opens.includes(row.workspaceId) ? row : redactJobRow(row)
}

/** Before it becomes a view, which no longer says whether its subject is the message's or the event's. */
function redactJobRow(row: JobRow): JobRow {
  return {
    ...row,
    address: hideText(row.address),
    subject: hideText(row.subject),
    eventSubject: row.eventSubject && redactText(row.eventSubject),
    deliveryReason: row.deliveryReason && redactText(row.deliveryReason),
    lastError: row.lastError && redactText(row.lastError),
    attemptError: row.attemptError && redactText(row.attemptError),
  }
}

/** `names`: further ones that the workspace masks. */
export function redactJobDetail(detail: JobDetail, names: readonly string[]): JobDetail {
  const { delivery, payload } = detail
  return {
    ...detail,
    delivery: delivery && { ...delivery, attempts: redactAttempts(delivery.attempts) },
    payload: payload && redactPayload(payload, names),
  }
}
