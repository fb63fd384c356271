// Recipients: who is notified, known by the client's own id, and what they want.
//
// Preference    what goes out to a recipient, per workflow and channel; critical workflows pass it by
// Quiet hours   when mails wait, by the clock on the recipient's wall; they defer, never drop
// Topic         a named set of recipients
export { decideChannel, quietUntil, type ChannelDecision, type ChannelQuestion } from './recipients.rules.ts'
export { createRecipients, type Recipients } from './manage-recipients.ts'
export { createTopics, type Topics } from './manage-topics.ts'
export type { Preference } from '#shared/contracts/preference.ts'
