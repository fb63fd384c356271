// What a person asks of replays: preview, start, look, abort, resume; one letter, or an edited copy of it.
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import { decodeCursor, toPage, type Page } from '#shared/contracts/page.ts'
import type { LetterEdit, PatchPreview, ReplayInput, ReplayPreview, ReplayPreviewInput, ReplayView } from '#shared/contracts/replay.ts'
import { Fault } from '#shared/fault.ts'
import { uuidOf } from '#shared/id-cursor.ts'
import { newUuid, publicId, publicIdOrNull } from '#shared/ids.ts'
import type { PatchOperation } from '#shared/json-patch.ts'
import { problemsOfBody } from '#shared/letter-body.ts'
import { appendAudit } from '../audit/index.ts'
import { storeKeys, takeKeys, type KeyRow } from '../idempotency/index.ts'
import type { Sight } from '../masking/index.ts'
import { lockLettersForEdit } from './letter-edit.repository.ts'
import { planOf, previewPatch, previewReplay, type ReadLoad } from './preview-replay.ts'
import { countReplayable } from './preview.repository.ts'
import { lockOpenLetters, putBack } from './put-back.repository.ts'
import { redactReplay } from './redact-replay.rules.ts'
import { replayView } from './replay-view.ts'
import {
  beginRound,
  endReplay,
  findReplay,
  insertReplay,
  listReplays,
  readProgress,
  saveStages,
  setReplayState,
  type ReplayRow,
} from './replay.repository.ts'
import { sendCopy } from './send-letters.ts'

export interface StartedReplay {
  body: ReplayView
  replayed: boolean
}

interface ReplayListQuery {
  limit: number
  cursor?: string | undefined
  state?: string | undefined
}

export interface SentAgain {
  id: string
  state: 'replayed'
  /** The delivery that is back at work, or the copy; null when it is a whole event. */
  deliveryId: string | null
  eventId: string
}

export interface Replays {
  preview(workspaceId: string, input: ReplayPreviewInput): Promise<ReplayPreview>
  /** Tries a patch on a cause, without sending anything. Faults: not-found. */
  previewPatch(workspaceId: string, causeId: string, patch: PatchOperation[]): Promise<PatchPreview>
  /** Faults: conflict when confirmCount is not what matches now; the idempotency faults. */
  start(workspaceId: string, input: ReplayInput, actor: Actor, idempotency?: Omit<KeyRow, 'workspaceId'>): Promise<StartedReplay>
  get(workspaceId: string, id: string, sight: Sight): Promise<ReplayView>
  list(workspaceId: string, query: ReplayListQuery, sight: Sight): Promise<Page<ReplayView>>
  /** What was sent goes on; what was not stays an open letter. Faults: not-found, conflict when it has ended. */
  abort(workspaceId: string, id: string, actor: Actor, reason: string | null): Promise<ReplayView>
  /**
   * Goes on with what was not sent, from the canary on. Faults: not-found, conflict when it is still running or has completed.
   */
  resume(workspaceId: string, id: string, actor: Actor, reason: string): Promise<ReplayView>
  /** One letter, at once. Faults: not-found, conflict when it is not open. */
  replayOne(workspaceId: string, letterId: string, actor: Actor, reason: string): Promise<SentAgain>
  /** An edited copy as a new delivery. Faults: not-found, conflict, invalid. */
  sendEdited(workspaceId: string, letterId: string, edit: LetterEdit, actor: Actor): Promise<SentAgain>
}

export function createReplays(deps: { pool: Pool; readLoad?: ReadLoad }): Replays {
  const { pool } = deps
  const readLoad = deps.readLoad ?? (() => Promise.resolve(null))

  async function view(row: ReplayRow): Promise<ReplayView> {
    return replayView(row, (await readProgress(pool, [row.id])).get(row.id))
  }

  async function existing(workspaceId: string, id: string): Promise<ReplayRow> {
    const row = await findReplay(pool, workspaceId, id)
    if (!row) throw new Fault('not-found', 'There is no such replay')
    return row
  }

  return {
    preview: (workspaceId, input) => previewReplay(pool, readLoad, workspaceId, input),
    previewPatch: (workspaceId, causeId, patch) => previewPatch(pool, workspaceId, uuidOf('cause', causeId), patch),
    async start(workspaceId, input, actor, idempotency) {
      return transaction(pool, async (client) => {
        if (idempotency) {
          const [verdict] = await takeKeys(client, [{ workspaceId, ...idempotency }])
          if (verdict!.kind === 'replay') return { body: JSON.parse(verdict!.response) as ReplayView, replayed: true }
          if (verdict!.kind === 'in-flight')
            throw new Fault('idempotency-in-flight', 'Try again when the first request has been answered', { retryAfterSeconds: 1 })
          if (verdict!.kind === 'mismatch')
            throw new Fault('idempotency-mismatch', 'The key was used with another body or media type in the last 24 hours')
        }
        if (input.confirmCount !== undefined) {
          const total = await countReplayable(client, workspaceId, input.filter)
          if (total !== input.confirmCount)
            throw new Fault('conflict', `The filter matches ${total} letters now, not ${input.confirmCount}: look again before sending`)
        }
        // The cutoff is an id of now: letters made later are not part of the selection.
        const id = newUuid()
        await insertReplay(client, workspaceId, {
          id,
          filter: input.filter,
          cutoffId: id,
          perSecond: input.pace?.perSecond ?? null,
          ...planOf(input),
          steps: [...planOf(input).steps],
          patch: input.patch ?? null,
          reason: input.reason,
          startedBy: actor.name,
        })
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'replay.start',
          subjectKind: 'replay',
          subjectId: publicId('replay', id),
          reason: input.reason,
          details: { filter: input.filter, pace: input.pace ?? null, canary: input.canary ?? null, edited: input.patch !== undefined },
        })
        const body = replayView((await findReplay(client, workspaceId, id))!)
        if (idempotency) await storeKeys(client, [{ workspaceId, ...idempotency, status: 202, response: JSON.stringify(body) }])
        return { body, replayed: false }
      })
    },
    async get(workspaceId, id, { masked }) {
      const replay = await view(await existing(workspaceId, id))
      return masked ? redactReplay(replay) : replay
    },
    async list(workspaceId, query, { masked }) {
      const before = query.cursor === undefined ? null : decodeCursor(query.cursor)
      if (query.cursor !== undefined && !/^[0-9a-f-]{36}$/.test(before ?? '')) {
        throw new Fault('invalid', 'The query is not valid.', {
          errors: [{ path: 'cursor', message: 'is not a cursor that this API gave out' }],
        })
      }
      const rows = await listReplays(pool, workspaceId, { before, limit: query.limit + 1, state: query.state })
      const page = toPage(rows, query.limit, (last) => last.id)
      const progress = await readProgress(
        pool,
        page.items.map((row) => row.id),
      )
      const items = page.items.map((row) => replayView(row, progress.get(row.id)))
      return { nextCursor: page.nextCursor, items: masked ? items.map(redactReplay) : items }
    },
    async abort(workspaceId, id, actor, reason) {
      await transaction(pool, async (client) => {
        // The runner's lock: a step that is being done ends first.
        await client.query("SELECT 1 FROM outbox WHERE id = $1 AND kind = 'replay' FOR UPDATE", [id])
        const row = await findReplay(client, workspaceId, id)
        if (!row) throw new Fault('not-found', 'There is no such replay')
        if (row.state !== 'preparing' && row.state !== 'running')
          throw new Fault('conflict', `The replay has ended already: it is ${row.state}`)
        const stage = row.stages.at(-1)
        if (stage && stage.endedAt === null) {
          stage.endedAt = new Date().toISOString()
          await saveStages(client, row)
        }
        await setReplayState(client, id, 'aborted')
        await endReplay(client, id)
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'replay.abort',
          subjectKind: 'replay',
          subjectId: publicId('replay', id),
          reason,
        })
      })
      return view(await existing(workspaceId, id))
    },
    async resume(workspaceId, id, actor, reason) {
      await transaction(pool, async (client) => {
        await client.query('SELECT 1 FROM replay WHERE workspace_id = $1 AND id = $2 FOR UPDATE', [workspaceId, id])
        const row = await findReplay(client, workspaceId, id)
        if (!row) throw new Fault('not-found', 'There is no such replay')
        if (row.state !== 'stopped' && row.state !== 'aborted')
          throw new Fault('conflict', `Only a replay that was stopped or aborted goes on: it is ${row.state}`)
        await beginRound(client, row)
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'replay.resume',
          subjectKind: 'replay',
          subjectId: publicId('replay', id),
          reason,
          details: { round: row.round + 1 },
        })
      })
      return view(await existing(workspaceId, id))
    },
    async replayOne(workspaceId, letterId, actor, reason) {
      return transaction(pool, async (client) => {
        const [letter] = await lockOpenLetters(client, workspaceId, [letterId])
        if (!letter) {
          const { rows } = await client.query('SELECT state FROM dead_letter WHERE workspace_id = $1 AND id = $2', [workspaceId, letterId])
          if (!rows[0]) throw new Fault('not-found', 'There is no such dead letter')
          throw new Fault('conflict', `The letter is not open: it is ${rows[0].state}`)
        }
        const sent = await putBack(client, workspaceId, [letter], { reason, by: actor.name, stage: null })
        if (sent === 0) throw new Fault('conflict', 'What the letter stands for is not dead any more')
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'dead-letter.replay',
          subjectKind: 'dead-letter',
          subjectId: publicId('deadLetter', letterId),
          reason,
        })
        return {
          id: publicId('deadLetter', letterId),
          state: 'replayed' as const,
          deliveryId: publicIdOrNull('delivery', letter.deliveryId),
          eventId: publicId('event', letter.eventId),
        }
      })
    },
    async sendEdited(workspaceId, letterId, edit, actor) {
      const id = newUuid()
      return transaction(pool, async (client) => {
        const [letter] = await lockLettersForEdit(client, workspaceId, [letterId])
        if (!letter) throw new Fault('not-found', 'There is no such dead letter')
        if (letter.state !== 'open') throw new Fault('conflict', `The letter is not open: it is ${letter.state}`)
        if (!letter.deliveryId) throw new Fault('conflict', 'This letter stands for a whole event: mend its workflow and replay it')
        const name = letter.channel === 'webhook' ? 'data' : 'content'
        const given = edit[name]
        if (given === undefined)
          throw new Fault('invalid', 'The edit is not valid', {
            errors: [{ path: `/${name}`, message: `is what can be edited of a ${letter.channel} delivery` }],
          })
        const body: Record<string, unknown> = letter.channel === 'webhook' ? given : { ...letter.body, ...given }
        const problems = problemsOfBody(letter.channel, body)
        if (problems.length > 0)
          throw new Fault('invalid', 'The edited copy is not what the channel can send', {
            errors: problems.map((problem) => ({ ...problem, path: `/${name}${problem.path}` })),
          })
        if (!(await sendCopy(client, workspaceId, letter, body, { reason: edit.reason, by: actor.name, stage: null }, id)))
          throw new Fault('conflict', 'What the letter stands for is not dead any more')
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'dead-letter.edit',
          subjectKind: 'dead-letter',
          subjectId: publicId('deadLetter', letterId),
          reason: edit.reason,
          details: { copy: publicId('delivery', id) },
        })
        return {
          id: publicId('deadLetter', letterId),
          state: 'replayed' as const,
          deliveryId: publicId('delivery', id),
          eventId: publicId('event', letter.eventId),
        }
      })
    },
  }
}
