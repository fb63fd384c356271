// Signing in to the console: a session of one operator, by cookie.
import { z } from 'zod'
import { memberWorkspaceSchema, operatorRoleSchema } from './operator.ts'

export const signInSchema = z
  .strictObject({
    email: z.string().trim().min(1).max(254).meta({ example: 'admin@localhost' }),
    password: z.string().min(1).max(1_000).meta({ format: 'password' }),
  })
  .meta({ id: 'SignIn' })
export type SignIn = z.infer<typeof signInSchema>

export const sessionSchema = z
  .strictObject({
    operator: z.strictObject({
      id: z.string().meta({ example: 'opr_0192f3a07c4e7b0f8a53b1d2c3e4f506' }),
      name: z.string(),
      email: z.string(),
      role: operatorRoleSchema.nullable().meta({ description: 'In the workspace of this call; null without one' }),
      instance: z.boolean().meta({ description: 'May act on what all workspaces share: queues, workers, operators, workspaces' }),
    }),
    workspaces: z.array(memberWorkspaceSchema).meta({ description: 'By name' }),
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof sessionSchema>
