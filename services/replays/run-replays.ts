// Runs replay operations step by step. Each step is one transaction that begins by locking the operation's outbox row, so
// that it is resumed where it stood after a kill, and never done twice.
import { isUnavailable, transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import type { RowRef } from '#shared/jobs/queues.ts'
import { giveBack, type HeldRows } from '../outbox/index.ts'
import { putBack } from './put-back.repository.ts'
import {
  claimLetters,
  continueReplay,
  endReplay,
  lockReplayRow,
  nextLetters,
  readProgress,
  setReplayState,
  startReplays,
  type Progress,
  type ReplayRow,
} from './replay.repository.ts'

/** Letters of one transaction. */
const lettersPerStep = 1_000
/** A job works this long before it puts itself back, so that others get their turn. */
const turnMs = 2_000
const pollMs = 500

type Step = { done: true } | { again: number }

export function createReplayRunner(deps: { owner: string; pool: Pool; hot: Pool; lazy: Pool; log: Log; held: HeldRows }): {
  handle(refs: RowRef[]): Promise<void>
} {
  const { owner, pool, lazy, log, held } = deps

  async function handle(refs: RowRef[]): Promise<void> {
    for (const replay of await startReplays(lazy, owner, refs)) {
      held.add([replay.id])
      try {
        await run(replay)
      } catch (error) {
        log.error({ err: error, replay: replay.id }, 'a step of a replay failed; it goes on later')
        await giveBack(pool, owner, [{ id: replay.id, n: replay.n, delayMs: 1_000, error: (error as Error).message }], {
          kind: 'replay',
          refund: isUnavailable(error),
        }).catch(() => {})
      } finally {
        held.release([replay.id])
      }
    }
  }

  async function run(replay: ReplayRow & { n: number }): Promise<void> {
    const until = Date.now() + turnMs
    for (;;) {
      const step = await transaction(pool, async (client): Promise<Step> => {
        if (!(await lockReplayRow(client, owner, replay.id, replay.n))) return { done: true }
        const next = await oneStep(client, replay)
        // What takes its time gives the worker back; what goes on at once keeps it until its turn is over.
        if ('again' in next && (next.again > 0 || Date.now() >= until)) {
          await continueReplay(client, replay.id, replay.n, next.again)
          return { done: true }
        }
        return next
      })
      if ('done' in step) return
    }
  }

  async function oneStep(client: PoolClient, replay: ReplayRow): Promise<Step> {
    if (replay.state === 'preparing') {
      if ((await claimLetters(client, replay, lettersPerStep)) > 0) return { again: 0 }
      replay.state = 'running'
      replay.startedAt = new Date()
      await setReplayState(client, replay.id, 'running')
      return { again: 0 }
    }
    if (replay.state !== 'running') {
      await endReplay(client, replay.id)
      return { done: true }
    }
    const progress = (await readProgress(client, [replay.id])).get(replay.id) ?? { sent: 0, fixed: 0, failedAgain: 0, waiting: 0, left: 0 }
    if (progress.left === 0) {
      if (progress.waiting > 0) return { again: pollMs }
      await setReplayState(client, replay.id, 'completed')
      await endReplay(client, replay.id)
      log.info({ replay: replay.id, fixed: progress.fixed, failedAgain: progress.failedAgain }, 'a replay is complete')
      return { done: true }
    }
    const allowed = allowedNow(replay, progress)
    if (allowed < 1) return { again: Math.max(20, 1_000 / replay.perSecond!) }
    if (replay.canaryPerCause !== null) {
      const canary = await nextLetters(client, replay, Math.min(allowed, lettersPerStep), replay.canaryPerCause)
      if (canary.length > 0) {
        await putBack(client, replay.workspaceId, canary, replay.reason)
        return { again: 0 }
      }
      if (progress.failedAgain > 0) {
        await setReplayState(client, replay.id, 'stopped', `${progress.failedAgain} of the canaries failed again`)
        await endReplay(client, replay.id)
        return { done: true }
      }
      // The rest waits until every canary has ended well.
      if (progress.waiting > 0 && progress.fixed + progress.failedAgain === 0) return { again: pollMs }
      if (progress.waiting > 0 && replay.perSecond === null) return { again: pollMs }
    }
    const letters = await nextLetters(client, replay, Math.min(allowed, lettersPerStep), null)
    await putBack(client, replay.workspaceId, letters, replay.reason)
    return { again: 0 }
  }

  return { handle }
}

/** By the pace: as many as the time since the start has earned. */
function allowedNow(replay: ReplayRow, progress: Progress): number {
  if (replay.perSecond === null) return lettersPerStep
  const seconds = (Date.now() - (replay.startedAt ?? new Date()).getTime()) / 1_000
  return Math.floor(seconds * replay.perSecond + 1) - progress.sent
}
