// Replays: dead letters put back to work. A plain replay keeps the delivery and its webhook-id; an edited copy is a new,
// linked delivery.
//
// selection  the letters that matched the filter when the replay was started (cutoff id), claimed by replay_id
// canary     the first letters of each cause; the rest only when all of them got through
export { createReplays, type Replays, type StartedReplay } from './manage-replays.ts'
export { createReplayRunner } from './run-replays.ts'
