// The people of the console: a role in each workspace they belong to; `instance` for those who own what all workspaces share.
import { z } from 'zod'
import { operatorRoles } from '../roles.ts'
import { lineSchema } from './event.ts'
import { reasonSchema } from './reason.ts'

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

export const operatorParamsSchema = z.strictObject({
  id: z
    .string()
    .regex(/^opr_[0-9a-f]{32}$/)
    .meta({ example: 'opr_0192f3a07c4e7b0f8a53b1d2c3e4f506' }),
})

/** What a new password has to be; an old one may be anything. */
export const newPasswordSchema = z
  .string()
  .min(10, 'must have at least 10 characters')
  .max(1_000)
  .meta({ format: 'password', description: 'At least 10 characters' })

const operatorNameSchema = lineSchema(100).meta({ example: 'Ada' })

export const operatorSchema = z
  .strictObject({
    id: z.string().meta({ example: 'opr_0192f3a07c4e7b0f8a53b1d2c3e4f506' }),
    name: z.string(),
    email: z.string(),
    instance: z.boolean(),
    state: z.enum(['active', 'disabled']),
    workspaces: z
      .array(memberWorkspaceSchema)
      .meta({ description: 'With the role in each. Only the workspace of the call, unless the caller owns the instance' }),
    yours: z.boolean().meta({ description: 'The caller may disable, rename or delete this operator and reset the password' }),
    createdAt: z.iso.datetime(),
    lastSignInAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Operator' })
export type Operator = z.infer<typeof operatorSchema>

export const operatorCreateSchema = z
  .strictObject({
    email: z
      .string()
      .trim()
      .max(254)
      .regex(/^[^\s@<>"]+@[^\s@<>"]+$/, 'must be an email address')
      .meta({ example: 'ada@example.com' }),
    name: operatorNameSchema,
    role: operatorRoleSchema,
    instance: z.boolean().optional().meta({ description: 'Only those who own the instance can give it' }),
    password: newPasswordSchema.optional().meta({ format: 'password', description: 'Made up and answered once when left out' }),
  })
  .meta({ id: 'OperatorCreate' })
export type OperatorCreate = z.infer<typeof operatorCreateSchema>

const shownOnce = { password: z.string().nullable().meta({ description: 'Only when it was made up; shown here and never again' }) }

export const operatorCreatedSchema = z.strictObject({ ...operatorSchema.shape, ...shownOnce }).meta({ id: 'OperatorCreated' })
export type OperatorCreated = z.infer<typeof operatorCreatedSchema>

export const operatorUpdateSchema = z
  .strictObject({ name: operatorNameSchema.optional(), instance: z.boolean().optional(), reason: reasonSchema })
  .meta({ id: 'OperatorUpdate' })
export type OperatorUpdate = z.infer<typeof operatorUpdateSchema>

export const membershipParamsSchema = z.strictObject({
  ...operatorParamsSchema.shape,
  workspace: z.string().min(1).max(100).meta({ description: 'Id or key', example: 'production' }),
})
export const membershipSchema = z
  .strictObject({ role: operatorRoleSchema.nullable().meta({ description: 'null takes the workspace away' }), reason: reasonSchema })
  .meta({ id: 'Membership' })

export const passwordResetSchema = z
  .strictObject({ password: newPasswordSchema.optional(), reason: reasonSchema })
  .meta({ id: 'PasswordReset' })
export const passwordResetResultSchema = z.strictObject(shownOnce).meta({ id: 'PasswordResetResult' })

export const passwordChangeSchema = z
  .strictObject({ current: z.string().min(1).max(1_000).meta({ format: 'password' }), next: newPasswordSchema })
  .meta({ id: 'PasswordChange' })

export const workspaceSchema = z
  .strictObject({
    id: z.string().meta({ example: 'wsp_0192f3a07c4e7b0f8a53b1d2c3e4f506' }),
    key: z.string(),
    name: z.string(),
    operators: z.int().meta({ description: 'How many belong to it' }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Workspace' })
export type Workspace = z.infer<typeof workspaceSchema>

const workspaceNameSchema = lineSchema(100).meta({ example: 'Staging' })
export const workspaceCreateSchema = z.strictObject({ key: workspaceKeySchema, name: workspaceNameSchema }).meta({ id: 'WorkspaceCreate' })
export type WorkspaceCreate = z.infer<typeof workspaceCreateSchema>
export const workspaceUpdateSchema = z.strictObject({ name: workspaceNameSchema }).meta({ id: 'WorkspaceUpdate' })
export const workspaceParamsSchema = z.strictObject({
  id: z.string().min(1).max(100).meta({ description: 'Id or key', example: 'production' }),
})
