// What people ask of dead letters: lists, causes, one with its story; and to give some up.
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import type { CauseListQuery, CauseView, LetterDetail, LetterFilter, LetterListQuery, LetterView } from '#shared/contracts/dead-letter.ts'
import { decodeCursor, toPage, type Page } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { cursorFault, uuidOf, uuidOfCursor } from '#shared/id-cursor.ts'
import { appendAudit } from '../audit/index.ts'
import { countDiscardable, discardChunk } from './discard-letters.repository.ts'
import { getLetter, listCauses, listLetters, type CausePosition } from './read-letters.repository.ts'

export interface DeadLetters {
  /** Newest first. */
  list(workspaceId: string, query: LetterListQuery): Promise<Page<LetterView>>
  /** The last one seen first; only those that have open letters. */
  causes(workspaceId: string, query: CauseListQuery): Promise<Page<CauseView>>
  /** Faults: not-found. */
  get(workspaceId: string, id: string): Promise<LetterDetail>
  /**
   * Closes the open letters that match now and that no replay has claimed. Answers how many. Ended in the middle by a crash,
   * what was closed stays closed, and the same call goes on with the rest.
   */
  discard(workspaceId: string, filter: LetterFilter, actor: Actor, reason: string): Promise<number>
}

const chunkLetters = 1_000

export function createDeadLetters(deps: { pool: Pool }): DeadLetters {
  const { pool } = deps
  return {
    async list(workspaceId, { limit, cursor, ...filter }) {
      const items = await listLetters(pool, workspaceId, filter, { before: uuidOfCursor('deadLetter', cursor), count: limit + 1 })
      return toPage(items, limit, (last) => last.id)
    },
    async causes(workspaceId, { limit, cursor, ...query }) {
      const items = await listCauses(pool, workspaceId, query, { after: positionOf(cursor), count: limit + 1 })
      return toPage(items, limit, (last) => `${Date.parse(last.lastSeenAt)} ${last.id}`)
    },
    async get(workspaceId, id) {
      const letter = await getLetter(pool, workspaceId, uuidOf('deadLetter', id))
      if (!letter) throw new Fault('not-found', 'There is no such dead letter.')
      return letter
    },
    async discard(workspaceId, filter, actor, reason) {
      const selection = await countDiscardable(pool, workspaceId, filter)
      if (selection.lastId === null) return 0
      const lastId = selection.lastId
      let afterId: string | null = null
      let discarded = 0
      for (;;) {
        const first = afterId === null
        const chunk: { count: number; lastId: string | null } = await transaction(pool, async (client) => {
          const closed = await discardChunk(client, workspaceId, filter, { afterId, lastId, limit: chunkLetters, reason })
          // With the first chunk: who asked for it is known whatever happens to the rest.
          if (first && closed.count > 0) {
            await appendAudit(client, {
              workspaceId,
              actor,
              action: 'dead-letter.discard',
              subjectKind: 'dead-letters',
              subjectId: filter.cause ?? (filter.ids?.length === 1 ? filter.ids[0]! : 'selection'),
              reason,
              details: { filter, matching: selection.count },
            })
          }
          return closed
        })
        discarded += chunk.count
        // A chunk may come back smaller when somebody else took letters of it at the same moment: only an empty one is the end.
        if (chunk.lastId === null || discarded >= selection.count) return discarded
        afterId = chunk.lastId
      }
    },
  }
}

function positionOf(cursor: string | undefined): CausePosition | undefined {
  if (cursor === undefined) return undefined
  const match = /^(\d{1,15}) (cau_[0-9a-f]{32})$/.exec(decodeCursor(cursor) ?? '')
  if (!match) throw cursorFault()
  return { lastSeenMs: Number(match[1]), id: uuidOf('cause', match[2]!) }
}
