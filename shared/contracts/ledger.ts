import { z } from 'zod'

const count = z.int()

/** Every accepted event and every created delivery is in exactly one of these states; what is in none is unaccounted. */
export const ledgerCountsSchema = z.strictObject({
  events: z.strictObject({
    accepted: count,
    completed: count,
    pending: count,
    scheduled: count,
    unmatched: count,
    dead: count,
    cancelled: count,
    unaccounted: count,
  }),
  deliveries: z.strictObject({
    created: count,
    delivered: count,
    pending: count,
    dead: count,
    suppressed: count,
    cancelled: count,
    held: count,
    maybeSent: count,
    unaccounted: count,
  }),
})
export type LedgerCounts = z.infer<typeof ledgerCountsSchema>

export const ledgerSchema = z.strictObject({ asOf: z.iso.datetime(), ...ledgerCountsSchema.shape })
export type Ledger = z.infer<typeof ledgerSchema>

export const ledgerQuerySchema = z.strictObject({
  from: z.iso
    .date()
    .or(z.iso.datetime({ offset: true }))
    .optional(),
  to: z.iso
    .date()
    .or(z.iso.datetime({ offset: true }))
    .optional(),
})
