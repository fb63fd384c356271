import { workspaceCreateSchema, workspaceParamsSchema, workspaceSchema, workspaceUpdateSchema } from '../operator.ts'
import { pageQuerySchema, pageSchema } from '../page.ts'
import { operation } from './operation.ts'

const base = { tags: ['Workspaces'], auth: { scope: 'admin', instance: true } } as const

export const listWorkspaces = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/workspaces',
  operationId: 'listWorkspaces',
  summary: 'List all workspaces, oldest first',
  query: pageQuerySchema,
  responses: { 200: { description: 'One page of workspaces', schema: pageSchema(workspaceSchema).meta({ id: 'WorkspacePage' }) } },
})

export const createWorkspace = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/workspaces',
  operationId: 'createWorkspace',
  summary: 'Make a workspace',
  description: 'The operator who makes it becomes its admin.',
  body: workspaceCreateSchema,
  responses: { 201: { description: 'The workspace', schema: workspaceSchema }, 409: { description: 'The key is taken' } },
})

export const updateWorkspace = operation({
  ...base,
  method: 'PATCH',
  path: '/api/v1/workspaces/{id}',
  operationId: 'updateWorkspace',
  summary: 'Rename a workspace',
  description: 'Its key stays: URLs, keys and templates use it.',
  params: workspaceParamsSchema,
  body: workspaceUpdateSchema,
  responses: { 200: { description: 'The workspace as it is now', schema: workspaceSchema } },
})

export const workspaceOperations = [listWorkspaces, createWorkspace, updateWorkspace]
