import { describe, expect, test } from 'vitest'
import { allowedNow, estimateSeconds, judgeStage, planStages, type StagePlan, type StageProgress, type StoredStage } from './stage.rules.ts'

const plan: StagePlan = { canaryPerCause: 1, steps: [10, 100], waitSeconds: 10 }
const bare: StagePlan = { canaryPerCause: null, steps: [], waitSeconds: 0 }
const stage: StoredStage = { round: 1, kind: 'canary', size: 1, startedAt: '2026-11-20T14:00:00.000Z', settledAt: null, endedAt: null }
const nowMs = Date.parse(stage.startedAt) + 60_000
const progress = (changes: Partial<StageProgress>): StageProgress => ({
  sent: 0,
  fixed: 0,
  failedAgain: 0,
  newCause: 0,
  waiting: 0,
  left: 0,
  ...changes,
})

describe('planStages', () => {
  test('goes from one of each cause to the rest', () => {
    expect(planStages(plan, [847])).toEqual([
      { kind: 'canary', size: 1 },
      { kind: 'step', size: 10 },
      { kind: 'step', size: 100 },
      { kind: 'rest', size: 736 },
    ])
    expect(planStages(plan, [3, 5])[0]).toEqual({ kind: 'canary', size: 2 })
  })

  test('leaves out what nothing is left for', () => {
    expect(planStages(plan, [4])).toEqual([
      { kind: 'canary', size: 1 },
      { kind: 'step', size: 3 },
    ])
    expect(planStages(plan, [])).toEqual([])
    expect(planStages(bare, [7])).toEqual([{ kind: 'rest', size: 7 }])
    expect(planStages(plan, [50], 2)).toEqual([{ kind: 'step', size: 50 }])
  })
})

test('estimateSeconds counts the pace and the waits between', () => {
  expect(estimateSeconds(planStages(plan, [847]), plan, 20)).toBe(43 + 30)
  expect(estimateSeconds(planStages(bare, [100]), bare, null)).toBeNull()
})

describe('judgeStage', () => {
  const judge = (changes: Partial<StageProgress>, of: Partial<StoredStage> = {}, by = plan, after = 9) =>
    judgeStage({ ...stage, ...of }, by, progress(changes), after, nowMs)

  test('sends what is left, waits for results, and ends', () => {
    expect(judge({ left: 1 })).toEqual({ kind: 'send' })
    expect(judge({ sent: 1, waiting: 1 })).toMatchObject({ kind: 'wait' })
    expect(judge({ sent: 1, fixed: 1 }, { settledAt: new Date(nowMs - 10_000).toISOString() })).toEqual({ kind: 'end' })
  })

  test('lets the results of a step stand before the next, when there is one', () => {
    const settledAt = new Date(nowMs - 9_500).toISOString()
    expect(judge({ fixed: 1 }, { settledAt })).toEqual({ kind: 'wait', ms: 500 })
    expect(judge({ fixed: 1 }, { settledAt }, plan, 0)).toEqual({ kind: 'end' })
  })

  test('stops when the same cause comes back, in every stage', () => {
    for (const kind of ['canary', 'step', 'rest'] as const)
      expect(judge({ left: 5, failedAgain: 1 }, { kind })).toMatchObject({ kind: 'stop' })
  })

  test('stops for a new cause only while it is being proven', () => {
    expect(judge({ left: 5, failedAgain: 1, newCause: 1 })).toMatchObject({
      kind: 'stop',
      reason: '1 letter of this step failed by a new cause',
    })
    expect(judge({ left: 5, failedAgain: 1, newCause: 1 }, { kind: 'rest' })).toEqual({ kind: 'send' })
  })

  test('never stops without a canary', () => {
    expect(judge({ left: 5, failedAgain: 3 }, { kind: 'rest' }, bare)).toEqual({ kind: 'send' })
  })
})

test('allowedNow earns letters with the time since the stage began', () => {
  expect(allowedNow(stage, 0, 2, nowMs)).toBe(121)
  expect(allowedNow(stage, 121, 2, nowMs)).toBe(0)
  expect(allowedNow(stage, 500, null, nowMs)).toBe(Number.POSITIVE_INFINITY)
})
