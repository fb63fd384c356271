import type { AttachmentLink } from '#shared/contracts/attachment.ts'

/**
 * The body of a webhook: `{ "type", "timestamp", "data", "eventId" }`, with `"attachments"` when the event has any. `dataJson` is the event's data as the JSON text it was
 * accepted as: parsing and printing it again would cost CPU on the path, and change numbers that do not fit a double.
 */
export function webhookBody(event: {
  type: string
  timestampIso: string
  dataJson: string
  eventId: string
  attachments?: readonly AttachmentLink[]
}): string {
  const files = event.attachments ? `,"attachments":${JSON.stringify(event.attachments)}` : ''
  return `{"type":${JSON.stringify(event.type)},"timestamp":${JSON.stringify(event.timestampIso)},"data":${event.dataJson},"eventId":${JSON.stringify(event.eventId)}${files}}`
}
