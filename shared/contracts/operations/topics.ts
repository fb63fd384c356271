import { pageQuerySchema } from '../page.ts'
import {
  topicListQuerySchema,
  topicMemberPageSchema,
  topicMemberParamsSchema,
  topicPageSchema,
  topicParamsSchema,
  topicPutSchema,
  topicSchema,
  membershipPageSchema,
} from '../topic.ts'
import { recipientParamsSchema } from '../recipient.ts'
import { operation } from './operation.ts'

const base = { tags: ['Topics'], auth: { scope: 'recipients' } } as const

export const listTopics = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/topics',
  operationId: 'listTopics',
  summary: 'List topics by key',
  query: topicListQuerySchema,
  responses: { 200: { description: 'One page of topics', schema: topicPageSchema } },
})

export const putTopic = operation({
  ...base,
  method: 'PUT',
  path: '/api/v1/topics/{key}',
  operationId: 'putTopic',
  summary: 'Create or rename a topic',
  params: topicParamsSchema,
  body: topicPutSchema,
  responses: {
    200: { description: 'The topic was renamed', schema: topicSchema },
    201: { description: 'The topic was created', schema: topicSchema },
  },
})

export const getTopic = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/topics/{key}',
  operationId: 'getTopic',
  summary: 'Get a topic',
  params: topicParamsSchema,
  responses: { 200: { description: 'The topic', schema: topicSchema } },
})

export const deleteTopic = operation({
  ...base,
  method: 'DELETE',
  path: '/api/v1/topics/{key}',
  operationId: 'deleteTopic',
  summary: 'Delete a topic',
  description: 'With its memberships; recipients stay.',
  params: topicParamsSchema,
  responses: { 204: { description: 'Deleted' } },
})

export const listTopicMembers = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/topics/{key}/members',
  operationId: 'listTopicMembers',
  summary: 'List the members of a topic by recipient id',
  params: topicParamsSchema,
  query: pageQuerySchema,
  responses: { 200: { description: 'One page of members', schema: topicMemberPageSchema } },
})

export const addTopicMember = operation({
  ...base,
  method: 'PUT',
  path: '/api/v1/topics/{key}/members/{recipientId}',
  operationId: 'addTopicMember',
  summary: 'Put a recipient into a topic',
  description: 'Makes the recipient when nobody has this id yet. Twice changes nothing.',
  params: topicMemberParamsSchema,
  responses: { 204: { description: 'A member now' }, 404: { description: 'There is no such topic' } },
})

export const removeTopicMember = operation({
  ...base,
  method: 'DELETE',
  path: '/api/v1/topics/{key}/members/{recipientId}',
  operationId: 'removeTopicMember',
  summary: 'Take a recipient out of a topic',
  params: topicMemberParamsSchema,
  responses: { 204: { description: 'No member any more' } },
})

export const listRecipientTopics = operation({
  method: 'GET',
  path: '/api/v1/recipients/{id}/topics',
  operationId: 'listRecipientTopics',
  summary: 'List the topics of a recipient by key',
  tags: ['Topics'],
  auth: { scope: 'recipients' },
  params: recipientParamsSchema,
  query: pageQuerySchema,
  responses: { 200: { description: 'One page of topics, each with the time of joining', schema: membershipPageSchema } },
})

export const topicOperations = [
  listRecipientTopics,
  listTopics,
  putTopic,
  getTopic,
  deleteTopic,
  listTopicMembers,
  addTopicMember,
  removeTopicMember,
]
