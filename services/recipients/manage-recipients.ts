import { transaction, type Pool } from '#platform/postgres/index.ts'
import { deleteFilesOfRecipient } from '#services/attachments/index.ts'
import { appendAudit } from '#services/audit/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import { decodeCursor, toPage, type Page } from '#shared/contracts/page.ts'
import type { Preference, PreferenceView } from '#shared/contracts/preference.ts'
import type { RecipientBatchItem, RecipientListQuery, RecipientProfile, RecipientView } from '#shared/contracts/recipient.ts'
import { Fault } from '#shared/fault.ts'
import { redactJson } from '#shared/redact.ts'
import { hideText, refuseHiddenFilters, type Sight } from '../masking/index.ts'
import { appendIfByHand } from './append-if-by-hand.ts'
import {
  deleteRecipient,
  findPreference,
  findRecipient,
  listRecipients,
  nameRecipient,
  putPreference,
  putRecipients,
  type RecipientRow,
} from './recipient.repository.ts'

export interface Recipients {
  /** The whole profile: what is left out is removed. */
  put(workspaceId: string, actor: Actor, id: string, profile: RecipientProfile): Promise<{ created: boolean; recipient: RecipientView }>
  /** Many at once, each as `put`. The same id again: the last one stays. Answers in the order of `items`. */
  putMany(workspaceId: string, actor: Actor, items: RecipientBatchItem[]): Promise<{ id: string; status: 'created' | 'updated' }[]>
  /** Fault('not-found'). */
  get(workspaceId: string, id: string, sight: Sight): Promise<RecipientView>
  /** By id. Fault('invalid') for a cursor that is none of ours; 'forbidden' for a filter on what this sight does not show. */
  list(workspaceId: string, query: RecipientListQuery, sight: Sight): Promise<Page<RecipientView>>
  /** With preferences, memberships and inbox. Fault('not-found'). */
  remove(workspaceId: string, actor: Actor, id: string, reason?: string): Promise<void>
  /** Makes the recipient when nobody has this id yet. */
  putPreferences(workspaceId: string, actor: Actor, id: string, preference: Preference): Promise<PreferenceView>
  /** Fault('not-found'). */
  getPreferences(workspaceId: string, id: string): Promise<PreferenceView>
}

export function createRecipients({ pool }: { pool: Pool }): Recipients {
  return {
    async put(workspaceId, actor, id, profile) {
      const row = await transaction(pool, async (client) => {
        await appendIfByHand(client, { workspaceId, actor, action: 'recipient.save', subjectKind: 'recipient', subjectId: id })
        return (await putRecipients(client, workspaceId, [{ ...profile, id }]))[0]!
      })
      return { created: row.created, recipient: shape(row) }
    },

    async putMany(workspaceId, actor, items) {
      const last = new Map(items.map((item) => [item.id, item]))
      if (last.size === 0) return []
      const rows = await transaction(pool, async (client) => {
        // One entry for all of them: how many, and nothing of anybody.
        const subject = { subjectKind: 'recipients', subjectId: 'batch', details: { recipients: last.size } }
        await appendIfByHand(client, { workspaceId, actor, action: 'recipient.save-many', ...subject })
        return putRecipients(client, workspaceId, [...last.values()])
      })
      const fresh = new Set(rows.filter((row) => row.created).map((row) => row.id))
      // The first mention made it, the next ones changed it.
      return items.map(({ id }) => ({ id, status: fresh.delete(id) ? 'created' : 'updated' }))
    },

    async get(workspaceId, id, { masked }) {
      const row = await findRecipient(pool, workspaceId, id)
      if (!row) throw unknownRecipient()
      return masked ? redact(shape(row)) : shape(row)
    },

    async list(workspaceId, { limit, cursor, ...filter }, sight) {
      refuseHiddenFilters(sight, filter, ['address'])
      const rows = await listRecipients(pool, workspaceId, filter, positionOf(cursor), limit + 1)
      const page = toPage(rows, limit, (last) => last.id)
      const items = page.items.map(shape)
      return { items: sight.masked ? items.map(redact) : items, nextCursor: page.nextCursor }
    },

    async remove(workspaceId, actor, id, reason) {
      await transaction(pool, async (client) => {
        // First: which files were theirs alone is told by the messages that go.
        const files = await deleteFilesOfRecipient(client, workspaceId, id)
        if (!(await deleteRecipient(client, workspaceId, id))) throw unknownRecipient()
        // Whom, and nothing else of them: the entry stays when all of it is gone.
        const subject = { subjectKind: 'recipient', subjectId: id, reason: reason ?? null }
        await appendAudit(client, { workspaceId, actor, action: 'recipient.delete', ...subject, details: { files } })
      })
    },

    async putPreferences(workspaceId, actor, id, preference) {
      await transaction(pool, async (client) => {
        await appendIfByHand(client, { workspaceId, actor, action: 'recipient.prefer', subjectKind: 'recipient', subjectId: id })
        await nameRecipient(client, workspaceId, id)
        await putPreference(client, workspaceId, id, preference)
      })
      return shapePreference(preference)
    },

    async getPreferences(workspaceId, id) {
      const preference = await findPreference(pool, workspaceId, id)
      if (preference === undefined) throw unknownRecipient()
      return shapePreference(preference ?? {})
    },
  }
}

/** Where the page before ended: an id or key. Fault('invalid') for what we never gave out. */
export function positionOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const position = decodeCursor(cursor)
  if (position === null)
    throw new Fault('invalid', 'The query is not valid.', {
      errors: [{ path: 'cursor', message: 'is not a cursor that this API gave out' }],
    })
  return position
}

export function unknownRecipient(): Fault {
  return new Fault('not-found', 'There is no such recipient.')
}

function shape({ id, email, phone, locale, timeZone, attributes, createdAt, updatedAt }: RecipientRow): RecipientView {
  return { id, email, phone, locale, timeZone, attributes, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() }
}

/** For people who may only look: that there is an address, and which attributes. */
function redact(recipient: RecipientView): RecipientView {
  const { attributes } = redactJson({ attributes: recipient.attributes }, ['attributes'])
  return { ...recipient, email: hideText(recipient.email), phone: hideText(recipient.phone), attributes }
}

function shapePreference({ channels, workflows, quietHours }: Preference): PreferenceView {
  return { channels: channels ?? {}, workflows: workflows ?? {}, quietHours: quietHours ?? null }
}
