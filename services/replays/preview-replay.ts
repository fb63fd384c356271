// What a replay, or a patch, would do: counted before anything is sent.
import type { Pool } from '#platform/postgres/index.ts'
import type { PatchPreview, ReplayPreview, ReplayPreviewInput } from '#shared/contracts/replay.ts'
import { Fault } from '#shared/fault.ts'
import { publicId } from '#shared/ids.ts'
import type { PatchOperation } from '#shared/json-patch.ts'
import { deliveryQueue, type QueueName } from '#shared/jobs/queues.ts'
import { diffJson } from '#shared/view/json-diff.ts'
import { countLettersOfCause, readLettersOfCause } from './letter-edit.repository.ts'
import { previewLetters } from './preview.repository.ts'
import { patchLetter } from './send-letters.ts'
import { estimateSeconds, planStages, type StagePlan } from './stage.rules.ts'

/** What a queue does now; null when nobody knows. */
export type ReadLoad = (
  queue: QueueName,
) => Promise<{ servicePerSecond: number; concurrency: number; waiting: number; state: 'running' | 'paused' } | null>

const defaultStaleHours = 6
const hourMs = 3_600_000

export async function previewReplay(
  pool: Pool,
  readLoad: ReadLoad,
  workspaceId: string,
  input: ReplayPreviewInput,
): Promise<ReplayPreview> {
  const at = new Date()
  const staleBeforeMs = at.getTime() - (input.staleAfterHours ?? defaultStaleHours) * hourMs
  const rows = await previewLetters(pool, workspaceId, input.filter, staleBeforeMs)
  const plan = planOf(input)
  const stages = planStages(
    plan,
    rows.causes.map((cause) => cause.count),
  )
  const perSecond = input.pace?.perSecond ?? null
  return {
    at: at.toISOString(),
    total: rows.total,
    claimed: rows.claimed,
    causes: rows.causes.map((cause) => ({ ...cause, causeId: publicId('cause', cause.causeId) })),
    channels: rows.channels,
    oldestAt: rows.oldestAt?.toISOString() ?? null,
    newestAt: rows.newestAt?.toISOString() ?? null,
    estimatedSeconds: estimateSeconds(stages, plan, perSecond),
    stages,
    duplicates: { maybeSent: rows.maybeSent, sentOtherwise: rows.sentOtherwise, total: rows.repeats },
    stale: { before: new Date(staleBeforeMs).toISOString(), count: rows.stale, expired: rows.expired },
    load: await Promise.all(rows.channels.map((channel) => loadOf(readLoad, channel, rows.total, perSecond))).then((load) =>
      load.filter((queue) => queue !== null),
    ),
  }
}

/** A channel's share of the letters is its share of the pace. */
async function loadOf(
  readLoad: ReadLoad,
  { channel, count }: { channel: string | null; count: number },
  total: number,
  perSecond: number | null,
): Promise<ReplayPreview['load'][number] | null> {
  const queue = channel === null ? 'fan-out' : deliveryQueue(channel as Parameters<typeof deliveryQueue>[0])
  const now = await readLoad(queue)
  if (!now) return null
  const { servicePerSecond, concurrency, waiting, state } = now
  const withReplayPerSecond = perSecond === null ? null : servicePerSecond + (perSecond * count) / total
  return { queue, servicePerSecond, withReplayPerSecond, concurrency, waiting, paused: state === 'paused' }
}

export function planOf(input: Pick<ReplayPreviewInput, 'canary'>): StagePlan {
  return { canaryPerCause: input.canary?.perCause ?? null, steps: input.canary?.steps ?? [], waitSeconds: input.canary?.waitSeconds ?? 0 }
}

const checkedAtMost = 5_000
/** A payload may have a megabyte: so much is tried at a time, and the process does something else in between. */
const pageOfLetters = { limit: 500, bytes: 4_000_000 }
const sampleLetters = 10

/** Tries a patch on the open letters of a cause, newest first. Faults: not-found. */
export async function previewPatch(
  pool: Pool,
  workspaceId: string,
  causeId: string,
  patch: readonly PatchOperation[],
): Promise<PatchPreview> {
  const { known, open } = await countLettersOfCause(pool, workspaceId, causeId)
  if (!known) throw new Fault('not-found', 'There is no such cause.')
  const preview: PatchPreview = { total: open, checked: 0, applicable: 0, failing: 0, problems: [], sample: [] }
  const problems = new Map<string, number>()
  let before: string | null = null
  while (preview.checked < checkedAtMost) {
    const letters = await readLettersOfCause(pool, workspaceId, causeId, { before, ...pageOfLetters })
    for (const letter of letters) {
      const result = patchLetter(letter, patch)
      const problem = 'problem' in result ? result.problem : null
      preview.checked++
      if (problem === null) preview.applicable++
      else {
        preview.failing++
        problems.set(problem, (problems.get(problem) ?? 0) + 1)
      }
      if (preview.sample.length < sampleLetters)
        preview.sample.push({
          letterId: publicId('deadLetter', letter.id),
          changes: 'body' in result ? diffJson(letter.body, result.body) : [],
          problem,
        })
    }
    if (letters.length === 0) break
    before = letters.at(-1)!.id
  }
  preview.problems = [...problems]
    .map(([message, count]) => ({ message, count }))
    .sort((one, other) => other.count - one.count)
    .slice(0, 10)
  return preview
}
