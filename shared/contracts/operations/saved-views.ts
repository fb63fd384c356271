import { z } from 'zod'
import { savedViewInputSchema, savedViewPageSchema, savedViewParamsSchema, savedViewSchema, viewPageSchema } from '../saved-view.ts'
import { operation } from './operation.ts'

const tags = ['Dead letters'] as const

export const listSavedViews = operation({
  method: 'GET',
  path: '/api/v1/saved-views',
  operationId: 'listSavedViews',
  summary: 'List the saved views of this workspace, by name',
  tags,
  auth: { scope: 'events:read' },
  query: z.strictObject({ page: viewPageSchema.optional() }),
  responses: { 200: { description: 'All of them', schema: savedViewPageSchema } },
})

export const saveView = operation({
  method: 'POST',
  path: '/api/v1/saved-views',
  operationId: 'saveView',
  summary: 'Keep the filters of a page under a name',
  description: 'A view of the same page and name is replaced. A workspace keeps at most 200.',
  tags,
  auth: { scope: 'operate' },
  body: savedViewInputSchema,
  responses: { 201: { description: 'The view', schema: savedViewSchema }, 409: { description: 'There are 200 already' } },
})

export const deleteSavedView = operation({
  method: 'DELETE',
  path: '/api/v1/saved-views/{id}',
  operationId: 'deleteSavedView',
  summary: 'Delete a saved view',
  tags,
  auth: { scope: 'operate' },
  params: savedViewParamsSchema,
  responses: { 204: { description: 'It is gone' } },
})

export const savedViewOperations = [listSavedViews, saveView, deleteSavedView]
