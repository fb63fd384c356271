// Who did what, to what, and why. Append-only.
import { z } from 'zod'
import { pageQuery } from './page.ts'

export const actorKinds = ['api-key', 'operator', 'recipient', 'system'] as const
export type ActorKind = (typeof actorKinds)[number]

/** Whoever acts: its id is public (`key_...`, `opr_...`, a recipient's own id), its name is for people. */
export interface Actor {
  kind: ActorKind
  id: string
  name: string
}

export const auditEntrySchema = z
  .strictObject({
    id: z.string().meta({ example: '4711' }),
    at: z.iso.datetime(),
    instance: z.boolean().meta({ description: 'Of no workspace: sign-ins, operators. Only those who own the instance see these' }),
    actor: z.strictObject({ kind: z.enum(actorKinds), id: z.string(), name: z.string() }),
    action: z.string().meta({ description: 'Subject and verb', example: 'api-key.revoke' }),
    subject: z.strictObject({ kind: z.string(), id: z.string() }),
    reason: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).meta({ description: 'What changed: before and after, counts, filters' }),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof auditEntrySchema>

export const auditListQuerySchema = z.strictObject({
  ...pageQuery,
  actor: z.string().min(1).max(300).optional().meta({ description: 'The id, or a part of the name' }),
  actorKind: z.enum(actorKinds).optional(),
  action: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'An action, or the part before the dot for all of its kind', example: 'queue' }),
  subjectKind: z.string().min(1).max(100).optional(),
  subjectId: z.string().min(1).max(300).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  q: z.string().min(1).max(200).optional().meta({ description: 'A part of a name, id, action, reason or detail' }),
  to: z.iso.datetime({ offset: true }).optional(),
})
export type AuditListQuery = z.infer<typeof auditListQuerySchema>
