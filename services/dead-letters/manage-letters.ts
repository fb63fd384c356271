// What people ask of dead letters: lists, causes, one with its story; to give some up, and to take that back.
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import type {
  CauseDetail,
  CauseListQuery,
  CauseView,
  DiscardView,
  LetterCounts,
  LetterDetail,
  LetterExportQuery,
  LetterFilter,
  LetterListQuery,
  LetterView,
} from '#shared/contracts/dead-letter.ts'
import { decodeCursor, toPage, type Page, type PageQuery } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { cursorFault, uuidOf, uuidOfCursor } from '#shared/id-cursor.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { redactText } from '#shared/redact.ts'
import { appendAudit } from '../audit/index.ts'
import { readMaskedNames, type Sight } from '../masking/index.ts'
import {
  countDiscardable,
  discardChunk,
  insertDiscard,
  listDiscards,
  lockDiscard,
  markUndone,
  reopenChunk,
} from './discard-letters.repository.ts'
import { explainOneCause } from './explain-cause.ts'
import { exportLetters, type LetterExport } from './export-letters.ts'
import { countLetters, listCauses, type CausePosition } from './read-causes.repository.ts'
import { getLetter, listLetters } from './read-letters.repository.ts'
import { redactDetail, redactDiscard, redactLetter } from './redact-letter.rules.ts'

export interface DeadLetters {
  /** Newest first. */
  list(workspaceId: string, query: LetterListQuery, sight: Sight): Promise<Page<LetterView>>
  /** The last one seen first. */
  causes(workspaceId: string, query: CauseListQuery, sight: Sight): Promise<Page<CauseView>>
  /** Faults: not-found. */
  cause(workspaceId: string, id: string, sight: Sight): Promise<CauseDetail>
  counts(workspaceId: string): Promise<LetterCounts>
  /** Faults: not-found. */
  get(workspaceId: string, id: string, sight: Sight): Promise<LetterDetail>
  export(workspaceId: string, query: LetterExportQuery, sight: Sight): LetterExport
  /**
   * Closes the open letters that match now and that no replay has claimed. Ended in the middle by a crash, what was closed stays
   * closed under the same discard, and the same call goes on with the rest. Faults: conflict when confirmCount differs.
   */
  discard(
    workspaceId: string,
    input: { filter: LetterFilter; reason: string; confirmCount?: number | undefined },
    actor: Actor,
  ): Promise<{ discarded: number; id: string | null }>
  /** Newest first. */
  discards(workspaceId: string, query: PageQuery, sight: Sight): Promise<Page<DiscardView>>
  /** Its letters are open again. Faults: not-found, conflict when it was undone before. */
  undoDiscard(workspaceId: string, id: string, actor: Actor, reason: string): Promise<{ reopened: number }>
}

const chunkLetters = 1_000

export function createDeadLetters(deps: { pool: Pool }): DeadLetters {
  const { pool } = deps
  return {
    async list(workspaceId, { limit, cursor, ...filter }, { masked }) {
      const page = { before: uuidOfCursor('deadLetter', cursor), count: limit + 1, errorsOnly: masked }
      const items = await listLetters(pool, workspaceId, filter, page)
      return toPage(masked ? items.map(redactLetter) : items, limit, (last) => last.id)
    },
    async causes(workspaceId, { limit, cursor, ...query }, { masked }) {
      const items = await listCauses(pool, workspaceId, query, { after: positionOf(cursor), count: limit + 1 })
      const shown = masked ? items.map((cause) => ({ ...cause, title: redactText(cause.title) })) : items
      return toPage(shown, limit, (last) => `${Date.parse(last.lastSeenAt)} ${last.id}`)
    },
    cause: (workspaceId, id, { masked }) => explainOneCause(pool, workspaceId, uuidOf('cause', id), masked),
    counts: (workspaceId) => countLetters(pool, workspaceId),
    async get(workspaceId, id, { masked }) {
      const letter = await getLetter(pool, workspaceId, uuidOf('deadLetter', id))
      if (!letter) throw new Fault('not-found', 'There is no such dead letter.')
      return masked ? redactDetail(letter, await readMaskedNames(pool, workspaceId)) : letter
    },
    export: (workspaceId, { format, workspace: _workspace, ...filter }, { masked }) =>
      exportLetters(pool, workspaceId, filter, format, masked),
    async discard(workspaceId, { filter, reason, confirmCount }, actor) {
      const selection = await countDiscardable(pool, workspaceId, filter)
      if (confirmCount !== undefined && confirmCount !== selection.count)
        throw new Fault('conflict', `The filter matches ${selection.count} letters now, not ${confirmCount}: look again before discarding`)
      if (selection.lastId === null) return { discarded: 0, id: null }
      const { lastId } = selection
      const discardId = newUuid()
      let afterId: string | null = null
      let discarded = 0
      for (;;) {
        const first = afterId === null
        const chunk: { count: number; lastId: string | null } = await transaction(pool, async (client) => {
          // With the first chunk: who asked for it is known whatever happens to the rest.
          if (first) {
            await insertDiscard(client, workspaceId, { id: discardId, filter, reason, by: actor.name })
            await appendAudit(client, {
              workspaceId,
              actor,
              action: 'dead-letter.discard',
              subjectKind: 'dead-letters',
              subjectId: filter.cause ?? (filter.ids?.length === 1 ? filter.ids[0]! : 'selection'),
              reason,
              details: { filter, matching: selection.count, discard: publicId('discard', discardId) },
            })
          }
          return discardChunk(client, workspaceId, filter, { afterId, lastId, limit: chunkLetters, reason, by: actor.name, discardId })
        })
        discarded += chunk.count
        // A chunk may come back smaller when somebody else took letters of it at the same moment: only an empty one is the end.
        if (chunk.lastId === null || discarded >= selection.count) break
        afterId = chunk.lastId
      }
      return { discarded, id: discarded === 0 ? null : publicId('discard', discardId) }
    },
    async discards(workspaceId, { limit, cursor }, { masked }) {
      const items = await listDiscards(pool, workspaceId, { before: uuidOfCursor('discard', cursor), count: limit + 1 })
      return toPage(masked ? items.map(redactDiscard) : items, limit, (last) => last.id)
    },
    async undoDiscard(workspaceId, id, actor, reason) {
      const discardId = uuidOf('discard', id)
      let reopened = 0
      for (;;) {
        const count = await transaction(pool, async (client) => {
          const discard = await lockDiscard(client, workspaceId, discardId)
          if (!discard) throw new Fault('not-found', 'There is no such discard.')
          if (discard.undoneAt !== null && reopened === 0) throw new Fault('conflict', `It was undone already, by ${discard.undoneBy}.`)
          const opened = await reopenChunk(client, workspaceId, discardId, chunkLetters)
          // With the last chunk: an undo that a crash ended can be pressed again.
          if (opened < chunkLetters) {
            await markUndone(client, workspaceId, discardId, actor.name)
            await appendAudit(client, {
              workspaceId,
              actor,
              action: 'dead-letter.undo-discard',
              subjectKind: 'discard',
              subjectId: id,
              reason,
              details: { reopened: reopened + opened, discarded: discard.letters },
            })
          }
          return opened
        })
        reopened += count
        if (count < chunkLetters) break
      }
      return { reopened }
    },
  }
}

function positionOf(cursor: string | undefined): CausePosition | undefined {
  if (cursor === undefined) return undefined
  const match = /^(\d{1,15}) (cau_[0-9a-f]{32})$/.exec(decodeCursor(cursor) ?? '')
  if (!match) throw cursorFault()
  return { lastSeenMs: Number(match[1]), id: uuidOf('cause', match[2]!) }
}
