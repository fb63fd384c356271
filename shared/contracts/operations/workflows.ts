import { acceptedSchema } from '../event.ts'
import {
  previewInputSchema,
  previewSchema,
  publishedWorkflowSchema,
  testInputSchema,
  workflowListQuerySchema,
  workflowPageSchema,
  workflowParamsSchema,
  workflowPublishSchema,
  workflowPutSchema,
  workflowSchema,
} from '../workflow.ts'
import { optionalReasonSchema } from '../reason.ts'
import { operation } from './operation.ts'

const params = workflowParamsSchema
const auth = { scope: 'workflows' } as const
const tags = ['Workflows'] as const

export const putWorkflow = operation({
  method: 'PUT',
  path: '/api/v1/workflows/{key}',
  operationId: 'putWorkflow',
  summary: 'Create a workflow or change its draft',
  description: 'Templates are Liquid with `event`, `data`, `recipient` and `workspace`. Nothing is sent by a draft: publish it.',
  tags,
  auth,
  params,
  body: workflowPutSchema,
  responses: {
    200: { description: 'The draft was changed', schema: workflowSchema },
    201: { description: 'The workflow was created', schema: workflowSchema },
    409: { description: 'The draft is of another version than expected: somebody has changed it' },
  },
})

export const getWorkflow = operation({
  method: 'GET',
  path: '/api/v1/workflows/{key}',
  operationId: 'getWorkflow',
  summary: 'Read a workflow',
  tags,
  auth,
  params,
  responses: { 200: { description: 'The workflow with its draft', schema: workflowSchema } },
})

export const listWorkflows = operation({
  method: 'GET',
  path: '/api/v1/workflows',
  operationId: 'listWorkflows',
  summary: 'List workflows by key',
  tags,
  auth,
  query: workflowListQuerySchema,
  responses: { 200: { description: 'A page of workflows', schema: workflowPageSchema } },
})

export const deleteWorkflow = operation({
  method: 'DELETE',
  path: '/api/v1/workflows/{key}',
  operationId: 'deleteWorkflow',
  summary: 'Delete a workflow',
  description: 'What it has sent stays.',
  tags,
  auth,
  params,
  body: optionalReasonSchema,
  bodyOptional: true,
  responses: { 204: { description: 'Deleted' } },
})

export const publishWorkflow = operation({
  method: 'POST',
  path: '/api/v1/workflows/{key}/publish',
  operationId: 'publishWorkflow',
  summary: 'Publish the draft',
  description: 'Events accepted after the answer are routed by it.',
  tags,
  auth,
  params,
  body: workflowPublishSchema,
  bodyOptional: true,
  responses: {
    200: { description: 'The workflow, published', schema: workflowSchema },
    409: { description: 'The draft is of another version than expected: somebody has changed it' },
  },
})

export const getPublishedWorkflow = operation({
  method: 'GET',
  path: '/api/v1/workflows/{key}/published',
  operationId: 'getPublishedWorkflow',
  summary: 'Read the published version of a workflow',
  tags,
  auth,
  params,
  responses: {
    200: { description: 'What events go through now', schema: publishedWorkflowSchema },
    409: { description: 'The workflow has not been published' },
  },
})

export const previewWorkflow = operation({
  method: 'POST',
  path: '/api/v1/workflows/{key}/preview',
  operationId: 'previewWorkflow',
  summary: 'Render a workflow without sending',
  tags,
  auth,
  params,
  body: previewInputSchema,
  responses: {
    200: { description: 'What each step would say', schema: previewSchema },
    409: { description: 'The workflow has not been published' },
  },
})

export const testWorkflow = operation({
  method: 'POST',
  path: '/api/v1/workflows/{key}/test',
  operationId: 'testWorkflow',
  summary: 'Send a test event of this type to one recipient',
  description:
    'A real event of the type that the workflow listens to, with `source` `workflow-test`: it takes the whole path, by the published version.',
  tags,
  auth,
  params,
  body: testInputSchema,
  responses: {
    202: { description: 'The event was accepted', schema: acceptedSchema },
    409: { description: 'The workflow has not been published' },
  },
})

export const workflowOperations = [
  putWorkflow,
  getWorkflow,
  listWorkflows,
  deleteWorkflow,
  publishWorkflow,
  getPublishedWorkflow,
  previewWorkflow,
  testWorkflow,
]
