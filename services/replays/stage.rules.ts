// The steps of a replay: a canary of each cause, then wider, then the rest. Each begins when the one before has ended well.
import type { StageKind } from '#shared/contracts/replay.ts'

/** As kept in the operation's row. Its place in the list is the number that its letters carry. */
export interface StoredStage {
  round: number
  kind: StageKind
  size: number
  startedAt: string
  /** When the last of its letters had a result. */
  settledAt: string | null
  endedAt: string | null
}

export interface StagePlan {
  canaryPerCause: number | null
  steps: readonly number[]
  waitSeconds: number
}

/** What comes after `done` stages of a round. */
export function stageAfter(plan: StagePlan, done: number): { kind: StageKind; limit: number | null } {
  if (plan.canaryPerCause === null) return { kind: 'rest', limit: null }
  if (done === 0) return { kind: 'canary', limit: plan.canaryPerCause }
  const step = plan.steps[done - 1]
  return step === undefined ? { kind: 'rest', limit: null } : { kind: 'step', limit: step }
}

/** The stages that so many letters would take; empty ones are left out. */
export function planStages(plan: StagePlan, countsByCause: readonly number[], done = 0): { kind: StageKind; size: number }[] {
  let left = countsByCause.reduce((sum, count) => sum + count, 0)
  const stages: { kind: StageKind; size: number }[] = []
  for (let index = done; left > 0; index++) {
    const { kind, limit } = stageAfter(plan, index)
    const wanted = kind === 'canary' ? countsByCause.reduce((sum, count) => sum + Math.min(count, limit!), 0) : (limit ?? left)
    const size = Math.min(left, wanted)
    stages.push({ kind, size })
    left -= size
  }
  return stages
}

/** By pace and waits; null without a pace. */
export function estimateSeconds(stages: readonly { size: number }[], plan: StagePlan, perSecond: number | null): number | null {
  if (perSecond === null) return null
  const waits = Math.max(0, stages.length - 1) * plan.waitSeconds
  return Math.ceil(stages.reduce((sum, stage) => sum + stage.size / perSecond, 0)) + waits
}

export interface StageProgress {
  sent: number
  fixed: number
  failedAgain: number
  /** Of those: by another cause than before. */
  newCause: number
  /** Sent and without a result yet. */
  waiting: number
  /** Not sent yet. */
  left: number
}

export type Verdict = { kind: 'send' } | { kind: 'wait'; ms: number } | { kind: 'stop'; reason: string } | { kind: 'end' }

const pollMs = 500

/**
 * What to do with a stage now. With a canary, the same cause coming back stops the replay in whatever stage; before the rest any
 * failure does: the steps are there to prove that it works. `lettersAfter`: what later stages would send; without any there is
 * nothing to wait for.
 */
export function judgeStage(stage: StoredStage, plan: StagePlan, progress: StageProgress, lettersAfter: number, nowMs: number): Verdict {
  if (plan.canaryPerCause !== null) {
    const returned = progress.failedAgain - progress.newCause
    const letters = (count: number): string => `${count} ${count === 1 ? 'letter' : 'letters'}`
    if (returned > 0) return { kind: 'stop', reason: `The same cause came back: ${letters(returned)} of this step failed again` }
    if (progress.newCause > 0 && stage.kind !== 'rest')
      return { kind: 'stop', reason: `${letters(progress.newCause)} of this step failed by a new cause` }
  }
  if (progress.left > 0) return { kind: 'send' }
  if (progress.waiting > 0) return { kind: 'wait', ms: pollMs }
  const waitMs = lettersAfter === 0 ? 0 : plan.waitSeconds * 1_000
  const ready = (stage.settledAt === null ? nowMs : Date.parse(stage.settledAt)) + waitMs
  return ready > nowMs ? { kind: 'wait', ms: Math.min(ready - nowMs, 1_000) } : { kind: 'end' }
}

/** How many may be sent now, by the pace since the stage began. */
export function allowedNow(stage: StoredStage, sent: number, perSecond: number | null, nowMs: number): number {
  if (perSecond === null) return Number.POSITIVE_INFINITY
  return Math.floor(((nowMs - Date.parse(stage.startedAt)) / 1_000) * perSecond + 1) - sent
}
