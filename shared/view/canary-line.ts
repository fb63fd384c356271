// The stations of a replay's line: planned, being worked on, ended well, stopped. Pure; the component draws them.
import type { ReplayView, StageKind } from '../contracts/replay.ts'
import type { Lamp } from './status-view.ts'

export interface Station {
  kind: StageKind
  size: number
  state: 'first' | 'planned' | 'current' | 'fixed' | 'failed' | 'left'
  /** Share of the way to the next station that is done. */
  filled: number
  fixed: number
  /** Failed again by the same cause, and by a new one. */
  again: number
  newCause: number
  waiting: number
}

/** Of a preview: nothing has begun, the first station is where the button leads. */
export function plannedStations(stages: readonly { kind: StageKind; size: number }[]): Station[] {
  return stages.map(({ kind, size }, index) => ({
    kind,
    size,
    state: index === 0 ? 'first' : 'planned',
    filled: 0,
    fixed: 0,
    again: 0,
    newCause: 0,
    waiting: 0,
  }))
}

/** Of a replay: the stages of its last round, then those still to come. */
export function replayStations(replay: ReplayView): Station[] {
  const round = replay.stages.at(-1)?.round
  const begun = replay.stages.filter((stage) => stage.round === round)
  const stations = begun.map((stage, index): Station => {
    const again = stage.failedAgain - stage.newCause
    const last = index === begun.length - 1
    const state =
      stage.endedAt === null
        ? 'current'
        : last && replay.state === 'stopped'
          ? 'failed'
          : last && replay.state === 'aborted'
            ? 'left'
            : stage.failedAgain > 0
              ? 'failed'
              : 'fixed'
    const filled = stage.size === 0 ? 1 : Math.min(1, stage.sent / stage.size)
    const { kind, size, fixed, newCause, waiting } = stage
    return { kind, size, state, filled, fixed, again, newCause, waiting }
  })
  return [...stations, ...plannedStations(replay.ahead).map((station) => ({ ...station, state: 'planned' as const }))]
}

/** Stopped by itself, aborted by somebody, or how well it goes. */
export function replayLamp(replay: Pick<ReplayView, 'state' | 'failedAgain'>): Lamp {
  if (replay.state === 'stopped') return 'fail'
  if (replay.state === 'aborted') return 'paused'
  return replay.failedAgain > 0 ? 'warn' : 'ok'
}

/** '45 s', '1 m 07 s'; what a person plans with needs no tenths. */
export function planTime(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} m ${String(Math.ceil(seconds) % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`
}

const paces = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]

/** The next pace in a round step, up or down. */
export function nextPace(perSecond: number, by: 1 | -1): number {
  return by === 1 ? (paces.find((pace) => pace > perSecond) ?? perSecond) : (paces.findLast((pace) => pace < perSecond) ?? perSecond)
}
