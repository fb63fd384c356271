// The people of the console: a role in each workspace they belong to; `instance` for those who own what all workspaces share.
import { z } from 'zod'
import { operatorRoles } from '../roles.ts'

export const operatorRoleSchema = z.enum(operatorRoles).meta({
  id: 'OperatorRole',
  description: 'viewer reads; operator acts on messages, queues and replays; admin manages people, keys, providers and rules',
})

export const workspaceKeySchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be 1 to 63 of a-z 0-9 -, not starting with -')
  .meta({ example: 'production' })

/** A workspace as one operator sees it. */
export const memberWorkspaceSchema = z
  .strictObject({
    id: z.string().meta({ example: 'wsp_0192f3a07c4e7b0f8a53b1d2c3e4f506' }),
    key: z.string(),
    name: z.string(),
    role: operatorRoleSchema,
  })
  .meta({ id: 'MemberWorkspace' })
export type MemberWorkspace = z.infer<typeof memberWorkspaceSchema>
