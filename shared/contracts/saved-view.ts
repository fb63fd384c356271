// A list's filters under a name, shared by everybody who works in the workspace.
import { z } from 'zod'
import { lineSchema } from './event.ts'
import { publicIdSchema } from './list-filters.ts'
import { pageSchema } from './page.ts'

export const viewPages = ['dead-letters', 'events', 'notifications', 'jobs', 'recipients'] as const
export const viewPageSchema = z.enum(viewPages)

/** The query of the page's address, without paging. */
const viewQuerySchema = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/), z.string().max(512))
  .refine((query) => Object.keys(query).length <= 30, { error: 'has more than 30 filters' })

export const savedViewInputSchema = z
  .strictObject({ page: viewPageSchema, name: lineSchema(80), query: viewQuerySchema })
  .meta({ id: 'SavedViewInput' })
export type SavedViewInput = z.infer<typeof savedViewInputSchema>

export const savedViewSchema = z
  .strictObject({
    id: z.string().meta({ example: 'vw_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
    page: viewPageSchema,
    name: z.string().meta({ example: 'Refused this week' }),
    query: z.record(z.string(), z.string()).meta({ example: { channel: 'webhook', q: 'ECONNREFUSED' } }),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'SavedView' })
export type SavedView = z.infer<typeof savedViewSchema>
export const savedViewPageSchema = pageSchema(savedViewSchema).meta({ id: 'SavedViewPage' })
export const savedViewParamsSchema = z.strictObject({ id: publicIdSchema('savedView') })
