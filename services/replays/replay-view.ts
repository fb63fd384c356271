// A replay as people see it: its numbers, step by step.
import type { ReplayView } from '#shared/contracts/replay.ts'
import { publicId } from '#shared/ids.ts'
import type { ReplayRow } from './replay.repository.ts'
import { planStages, type StageProgress } from './stage.rules.ts'

const nothing: StageProgress = { sent: 0, fixed: 0, failedAgain: 0, newCause: 0, waiting: 0, left: 0 }

export function replayView(row: ReplayRow, progress: Map<number | null, StageProgress> = new Map()): ReplayView {
  const sum = (count: (stage: StageProgress) => number): number => [...progress.values()].reduce((total, stage) => total + count(stage), 0)
  const going = row.state === 'preparing' || row.state === 'running'
  const begun = row.stages.filter((stage) => stage.round === row.round).length
  const current = row.stages.at(-1)
  const open = current?.endedAt === null && current.kind === 'rest' ? 0 : (progress.get(null)?.left ?? 0)
  return {
    id: publicId('replay', row.id),
    state: row.state,
    total: row.total,
    sent: sum((stage) => stage.sent),
    fixed: sum((stage) => stage.fixed),
    failedAgain: sum((stage) => stage.failedAgain),
    newCause: sum((stage) => stage.newCause),
    refused: row.refused,
    reason: row.reason,
    stopReason: row.stopReason,
    startedBy: row.startedBy,
    filter: row.filter,
    pace: row.perSecond === null ? null : { perSecond: row.perSecond },
    canary: row.canaryPerCause === null ? null : { perCause: row.canaryPerCause, steps: row.steps, waitSeconds: row.waitSeconds },
    patch: row.patch,
    stages: row.stages.map(({ round, kind, size, startedAt, endedAt }, index) => {
      const { sent, fixed, failedAgain, newCause, waiting } = progress.get(index) ?? nothing
      return { round, kind, size, startedAt, endedAt, sent, fixed, failedAgain, newCause, waiting }
    }),
    // The causes of what is left are not counted again: a canary that has not begun shows as one of them all.
    ahead: going ? planStages(row, open > 0 ? [open] : [], begun) : [],
    createdAt: row.createdAt.toISOString(),
    startedAt: (row.startedAt ?? row.createdAt).toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }
}
