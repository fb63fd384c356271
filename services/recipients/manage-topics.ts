import { appendAudit } from '#services/audit/index.ts'
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import { toPage, type Page, type PageQuery } from '#shared/contracts/page.ts'
import type { MembershipView, TopicMemberView, TopicPut, TopicView } from '#shared/contracts/topic.ts'
import { Fault } from '#shared/fault.ts'
import { appendIfByHand } from './append-if-by-hand.ts'
import { positionOf, unknownRecipient } from './manage-recipients.ts'
import { findRecipient, nameRecipient } from './recipient.repository.ts'
import {
  addMember,
  deleteTopic,
  findTopic,
  holdTopic,
  listMembers,
  listTopics,
  listTopicsOf,
  putTopic,
  removeMember,
  type TopicRow,
} from './topic.repository.ts'

export interface Topics {
  put(workspaceId: string, actor: Actor, key: string, topic: TopicPut): Promise<{ created: boolean; topic: TopicView }>
  /** Fault('not-found'). */
  get(workspaceId: string, key: string): Promise<TopicView>
  /** By key. */
  list(workspaceId: string, page: PageQuery): Promise<Page<TopicView>>
  /** With its memberships; recipients stay. Fault('not-found'). */
  remove(workspaceId: string, actor: Actor, key: string): Promise<void>
  /** Makes the recipient when nobody has this id yet. Twice changes nothing. Fault('not-found') without the topic. */
  addMember(workspaceId: string, actor: Actor, key: string, recipientId: string): Promise<void>
  /** Fault('not-found') when it is none. */
  removeMember(workspaceId: string, actor: Actor, key: string, recipientId: string): Promise<void>
  /** By recipient id. Fault('not-found') without the topic. */
  listMembers(workspaceId: string, key: string, page: PageQuery): Promise<Page<TopicMemberView>>
  /** By key. Fault('not-found') without the recipient. */
  listTopicsOf(workspaceId: string, recipientId: string, page: PageQuery): Promise<Page<MembershipView>>
}

export function createTopics({ pool }: { pool: Pool }): Topics {
  return {
    async put(workspaceId, actor, key, { name }) {
      const row = await transaction(pool, async (client) => {
        await appendIfByHand(client, { ...of(workspaceId, actor, key), action: 'topic.save', details: { after: { name } } })
        return putTopic(client, workspaceId, key, name)
      })
      return { created: row.created, topic: shape(row) }
    },

    async get(workspaceId, key) {
      const row = await findTopic(pool, workspaceId, key)
      if (!row) throw unknownTopic()
      return shape(row)
    },

    async list(workspaceId, { limit, cursor }) {
      const rows = await listTopics(pool, workspaceId, positionOf(cursor) ?? null, limit + 1)
      const page = toPage(rows, limit, (last) => last.key)
      return { items: page.items.map(shape), nextCursor: page.nextCursor }
    },

    async remove(workspaceId, actor, key) {
      await transaction(pool, async (client) => {
        const before = await deleteTopic(client, workspaceId, key)
        if (!before) throw unknownTopic()
        await appendAudit(client, { ...of(workspaceId, actor, key), action: 'topic.delete', details: { before } })
      })
    },

    async addMember(workspaceId, actor, key, recipientId) {
      await transaction(pool, async (client) => {
        if (!(await holdTopic(client, workspaceId, key))) throw unknownTopic()
        await nameRecipient(client, workspaceId, recipientId)
        await addMember(client, workspaceId, key, recipientId)
        await appendIfByHand(client, { ...of(workspaceId, actor, key), action: 'topic.add-member', details: { recipientId } })
      })
    },

    async removeMember(workspaceId, actor, key, recipientId) {
      await transaction(pool, async (client) => {
        if (!(await removeMember(client, workspaceId, key, recipientId)))
          throw new Fault('not-found', 'There is no such member of such a topic.')
        await appendIfByHand(client, { ...of(workspaceId, actor, key), action: 'topic.remove-member', details: { recipientId } })
      })
    },

    async listMembers(workspaceId, key, { limit, cursor }) {
      const after = positionOf(cursor) ?? null
      if (!(await findTopic(pool, workspaceId, key))) throw unknownTopic()
      const page = toPage(await listMembers(pool, workspaceId, key, after, limit + 1), limit, (last) => last.recipientId)
      return {
        items: page.items.map((row) => ({ recipientId: row.recipientId, createdAt: row.createdAt.toISOString() })),
        nextCursor: page.nextCursor,
      }
    },

    async listTopicsOf(workspaceId, recipientId, { limit, cursor }) {
      const rows = await listTopicsOf(pool, workspaceId, recipientId, positionOf(cursor) ?? null, limit + 1)
      if (rows.length === 0 && !(await findRecipient(pool, workspaceId, recipientId))) throw unknownRecipient()
      const page = toPage(rows, limit, (last) => last.key)
      return { items: page.items.map((row) => ({ ...row, joinedAt: row.joinedAt.toISOString() })), nextCursor: page.nextCursor }
    },
  }
}

function of(workspaceId: string, actor: Actor, key: string) {
  return { workspaceId, actor, subjectKind: 'topic', subjectId: key }
}

function unknownTopic(): Fault {
  return new Fault('not-found', 'There is no such topic.')
}

function shape({ key, name, createdAt }: TopicRow): TopicView {
  return { key, name, createdAt: createdAt.toISOString() }
}
