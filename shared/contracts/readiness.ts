// What /readyz answers.
import { z } from 'zod'

export const readinessSchema = z
  .strictObject({
    status: z.enum(['ready', 'degraded', 'unready']),
    dependencies: z.strictObject({
      postgres: z.enum(['ok', 'away', 'not-migrated']),
      redis: z.enum(['ok', 'away']),
    }),
  })
  .meta({ id: 'Readiness' })
export type Readiness = z.infer<typeof readinessSchema>
