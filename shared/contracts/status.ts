// What anybody who can reach this instance may know about it: that it runs, and whether anything is lost. No ids, no addresses,
// no names of customers.
import { z } from 'zod'
import { ledgerCountsSchema } from './ledger.ts'

export const statusProcessSchema = z.strictObject({
  name: z.string(),
  roles: z.array(z.string()),
  state: z.enum(['working', 'idle', 'stuck', 'stopping']),
  lastSeenMsAgo: z.int().min(0).meta({ description: 'A live process is seen every 2 s; one not seen for 8 s is taken for dead' }),
})
export type StatusProcess = z.infer<typeof statusProcessSchema>

export const statusSchema = z
  .strictObject({
    version: z.string(),
    ageMs: z.int().min(0).meta({ description: 'How old the picture is; it grows while Postgres does not answer' }),
    stores: z.strictObject({ postgres: z.boolean(), redis: z.boolean() }),
    mailCatcher: z.boolean().meta({ description: 'Mail stays in the built-in catcher: GET /api/v1/mailbox' }),
    picture: z
      .strictObject({
        processes: z.array(statusProcessSchema),
        ledger: ledgerCountsSchema.meta({ description: 'Of the whole instance' }),
        keyPrefix: z.string().nullable().meta({ description: 'How the first API key begins' }),
        firstWorkflow: z.strictObject({ key: z.string(), eventType: z.string() }).nullable(),
      })
      .nullable()
      .meta({ description: 'Null until Postgres has answered once' }),
  })
  .meta({ id: 'Status' })
export type Status = z.infer<typeof statusSchema>
export type StatusPicture = NonNullable<Status['picture']>
