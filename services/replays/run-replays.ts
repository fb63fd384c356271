// Runs replay operations step by step. Each step is one transaction that begins by locking the operation's outbox row, so
// that it is resumed where it stood after a kill, and never done twice.
import { isUnavailable, transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { tellTrouble } from '#platform/trouble/index.ts'
import type { RowRef } from '#shared/jobs/queues.ts'
import { giveBack, type HeldRows } from '../outbox/index.ts'
import {
  claimLetters,
  continueReplay,
  endReplay,
  lockReplayRow,
  markStage,
  nextLetters,
  readProgress,
  saveStages,
  setReplayState,
  startReplays,
  type ReplayRow,
} from './replay.repository.ts'
import { sendLetters } from './send-letters.ts'
import { allowedNow, judgeStage, stageAfter, type StageProgress, type StoredStage } from './stage.rules.ts'

/** Letters of one transaction. */
const lettersPerStep = 1_000
/** Each edited copy is a statement of its own, and its letter is in memory as it was and as it becomes. */
const copiesPerStep = { limit: 200, bytes: 4_000_000 }
/** A job works this long before it puts itself back, so that others get their turn. */
const turnMs = 2_000
const pollMs = 500
const nothing: StageProgress = { sent: 0, fixed: 0, failedAgain: 0, newCause: 0, waiting: 0, left: 0 }

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
        await giveBack(pool, owner, [{ id: replay.id, n: replay.n, delayMs: 1_000, error: tellTrouble(error) }], {
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
    const stage = replay.stages.at(-1)
    if (!stage || stage.endedAt !== null) return beginStage(client, replay)
    return workOn(client, replay, stage, replay.stages.length - 1)
  }

  async function beginStage(client: PoolClient, replay: ReplayRow): Promise<Step> {
    const left = (await readProgress(client, [replay.id])).get(replay.id)?.get(null)?.left ?? 0
    if (left === 0) return end(client, replay, 'completed')
    const next = stageAfter(replay, replay.stages.filter((stage) => stage.round === replay.round).length)
    const size =
      next.kind === 'rest' ? left : await markStage(client, replay, replay.stages.length, { kind: next.kind, limit: next.limit! })
    replay.stages.push({ round: replay.round, kind: next.kind, size, startedAt: new Date().toISOString(), settledAt: null, endedAt: null })
    await saveStages(client, replay)
    return { again: 0 }
  }

  async function workOn(client: PoolClient, replay: ReplayRow, stage: StoredStage, index: number): Promise<Step> {
    const perStep = replay.patch === null ? { limit: lettersPerStep } : copiesPerStep
    const place = stage.kind === 'rest' ? null : index
    // Nothing can stop it or hold it back: what it came to is counted when all are sent.
    if (replay.canaryPerCause === null && replay.perSecond === null) {
      const letters = await nextLetters(client, replay, place, perStep)
      if (letters.length > 0) {
        await sendLetters(client, replay, letters, index)
        return { again: 0 }
      }
    }
    const all = (await readProgress(client, [replay.id])).get(replay.id)
    const progress = { ...(all?.get(index) ?? nothing), ...(place === null ? { left: all?.get(null)?.left ?? 0 } : {}) }
    const after = place === null ? 0 : (all?.get(null)?.left ?? 0)
    const verdict = judgeStage(stage, replay, progress, after, Date.now())
    if (verdict.kind === 'send') {
      const allowed = allowedNow(stage, progress.sent, replay.perSecond, Date.now())
      if (allowed < 1) return { again: Math.max(20, Math.min(pollMs, 1_000 / replay.perSecond!)) }
      const letters = await nextLetters(client, replay, place, { ...perStep, limit: Math.min(allowed, perStep.limit) })
      await sendLetters(client, replay, letters, index)
      return { again: 0 }
    }
    if (verdict.kind === 'stop') return end(client, replay, 'stopped', verdict.reason)
    if (verdict.kind === 'wait') {
      if (progress.waiting === 0 && stage.settledAt === null) {
        stage.settledAt = new Date().toISOString()
        await saveStages(client, replay)
      }
      return { again: verdict.ms }
    }
    if (stage.kind === 'rest') return end(client, replay, 'completed')
    stage.endedAt = new Date().toISOString()
    await saveStages(client, replay)
    return { again: 0 }
  }

  async function end(client: PoolClient, replay: ReplayRow, state: 'completed' | 'stopped', reason: string | null = null): Promise<Step> {
    const stage = replay.stages.at(-1)
    if (stage && stage.endedAt === null) {
      stage.endedAt = new Date().toISOString()
      await saveStages(client, replay)
    }
    await setReplayState(client, replay.id, state, reason)
    await endReplay(client, replay.id)
    log.info({ replay: replay.id, state, reason }, 'a replay has ended')
    return { done: true }
  }

  return { handle }
}
