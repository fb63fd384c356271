// Replays for people who may only look: what is sent again, and how it goes, without what an edit writes into it. Pure.
import type { ReplayView } from '#shared/contracts/replay.ts'
import { mask, redactText } from '#shared/redact.ts'

/** A patch keeps its paths: what is changed is no secret, what it is changed to stands in a payload. */
export function redactReplay(replay: ReplayView): ReplayView {
  const { filter, patch, reason, stopReason } = replay
  return {
    ...replay,
    reason: redactText(reason),
    stopReason: stopReason && redactText(stopReason),
    filter: filter.q === undefined ? filter : { ...filter, q: redactText(filter.q) },
    patch: patch && patch.map((operation) => ('value' in operation ? { ...operation, value: mask } : operation)),
  }
}
