// Recipients: who is notified, and what they want.
//
// recipient    known by the client's own id; made by PUT, in bulk, or by the first event that names it
// topic        a named set of recipients
// preference   what a recipient wants, per workflow and channel
// quiet hours  defer mails, never drop them
export { decideChannel, quietUntil, type ChannelDecision } from './recipients.rules.ts'
export type { Preference } from '#shared/contracts/preference.ts'
