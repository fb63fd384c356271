import { describe, expect, test } from 'vitest'
import type { ReplayStage, ReplayView } from '../contracts/replay.ts'
import { nextPace, plannedStations, planTime, replayStations } from './canary-line.ts'

const stage = (changes: Partial<ReplayStage>): ReplayStage => ({
  round: 1,
  kind: 'canary',
  size: 1,
  startedAt: '2026-11-20T14:00:00.000Z',
  endedAt: '2026-11-20T14:00:01.000Z',
  sent: 1,
  fixed: 1,
  failedAgain: 0,
  newCause: 0,
  waiting: 0,
  ...changes,
})
const replay = (changes: Partial<ReplayView>): ReplayView => ({ state: 'running', stages: [], ahead: [], ...changes }) as ReplayView

test('plannedStations begins at the first', () => {
  expect(
    plannedStations([
      { kind: 'canary', size: 1 },
      { kind: 'rest', size: 9 },
    ]).map(({ state }) => state),
  ).toEqual(['first', 'planned'])
})

describe('replayStations', () => {
  test('fills station by station', () => {
    const stations = replayStations(
      replay({
        stages: [stage({}), stage({ kind: 'step', size: 10, endedAt: null, sent: 5, fixed: 4, waiting: 1 })],
        ahead: [{ kind: 'rest', size: 80 }],
      }),
    )
    expect(stations.map(({ state, filled }) => [state, filled])).toEqual([
      ['fixed', 1],
      ['current', 0.5],
      ['planned', 0],
    ])
  })

  test('shows where it stopped, and tells the same cause from a new one', () => {
    const [station] = replayStations(replay({ state: 'stopped', stages: [stage({ fixed: 0, failedAgain: 3, newCause: 1 })] }))
    expect(station).toMatchObject({ state: 'failed', again: 2, newCause: 1 })
  })

  test('shows the last round only', () => {
    expect(replayStations(replay({ stages: [stage({}), stage({ round: 2, size: 7 })] })).map(({ size }) => size)).toEqual([7])
  })
})

test('planTime needs no tenths', () => {
  expect([planTime(0.2), planTime(67), planTime(3_725)]).toEqual(['1 s', '1 m 07 s', '1 h 02 m'])
})

test('nextPace goes in round steps', () => {
  expect([nextPace(20, 1), nextPace(20, -1), nextPace(7, 1), nextPace(1, -1), nextPace(5_000, 1)]).toEqual([50, 10, 10, 1, 5_000])
})
