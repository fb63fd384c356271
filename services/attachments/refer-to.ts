// Events refer to files: those that are there and ready are looked up once, before the event is accepted.
import type { Pool } from '#platform/postgres/index.ts'
import { Fault, type FaultDetail } from '#shared/fault.ts'
import { parsePublicId } from '#shared/ids.ts'
import { findAttachments } from './attachment.repository.ts'

export interface Referring {
  /** JSON text of attachment ids, as a prepared event holds them; null = none. */
  attachments: string | null
}

/**
 * What is wrong with the references of each event, in their order; null = nothing. One query for all of them, none when no event refers
 * to a file. A file of another workspace is as unknown as one that never was.
 */
export async function judgeReferences(pool: Pool, workspaceId: string, events: readonly Referring[]): Promise<(Fault | null)[]> {
  const lists = events.map((event) => (event.attachments === null ? [] : (JSON.parse(event.attachments) as string[])))
  const ids = [...new Set(lists.flat())]
  if (ids.length === 0) return events.map(() => null)
  const uuids = ids.flatMap((id) => parsePublicId('attachment', id) ?? [])
  const states = new Map((await findAttachments(pool, workspaceId, uuids)).map((row) => [row.id, row.state]))
  return lists.map((list) => {
    const errors: FaultDetail[] = list.flatMap((id, at) => {
      const state = states.get(parsePublicId('attachment', id) ?? '')
      if (state === 'ready') return []
      const message = state === undefined ? `there is no attachment ${id}` : `the attachment ${id} is not ready: it is ${state}`
      return [{ path: `/attachments/${at}`, message }]
    })
    return errors.length === 0 ? null : new Fault('invalid', 'The event is not valid', { errors })
  })
}
