// Replays: dead letters put back to work. A plain replay keeps the delivery and its webhook-id; an edited copy is a new,
// linked delivery.
//
// selection  the letters that matched the filter when the replay was started (cutoff id), claimed by replay_id
// canary     the first letters of each cause; the next step only when all of them got through
// stage      canary, steps, rest; the same cause coming back in one stops the replay
// round      a resumption begins a new one: the canary again, with what was not sent
export { createReplays, type Replays, type StartedReplay } from './manage-replays.ts'
export { createReplayRunner } from './run-replays.ts'
export type { ReadLoad } from './preview-replay.ts'
