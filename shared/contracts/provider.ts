// Providers: what carries the deliveries of one channel out of the instance. Shared by all workspaces.
import { z } from 'zod'
import { channels } from './event-states.ts'
import { pageSchema } from './page.ts'

export const providerSchema = z
  .strictObject({
    key: z.enum(channels).meta({ description: 'The channel that it carries' }),
    state: z.enum(['running', 'held']),
    heldBy: z.string().nullable(),
    heldReason: z.string().nullable(),
    heldAt: z.iso.datetime().nullable(),
    waiting: z.int().min(0).meta({ description: 'Deliveries that wait for it, due now or later: what a hold reaches' }),
    held: z.int().min(0).meta({ description: 'Deliveries that are held, also by an endpoint that is disabled: what a release reaches' }),
  })
  .meta({ id: 'Provider' })
export type ProviderView = z.infer<typeof providerSchema>

export const providerPageSchema = pageSchema(providerSchema).meta({ id: 'ProviderPage' })
export const providerParamsSchema = z.strictObject({ key: z.enum(channels) })
