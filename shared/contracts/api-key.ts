// API keys: of one workspace, with scopes; the secret is shown once and kept as a hash.
import { z } from 'zod'
import { scopes, scopeSchema } from './scope.ts'

/** What any key looks like; looked up by its SHA-256. */
export const apiKeyPattern = /^sb_[A-Za-z0-9_-]{32,256}$/

export const rateLimitSchema = z
  .strictObject({
    perSecond: z.int().min(1).max(1_000_000),
    burst: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .meta({ description: 'How many may come at once; as many as `perSecond` when left out' }),
  })
  .meta({ id: 'RateLimit', description: 'Requests per second, over all API processes' })

const nameSchema = z.string().trim().min(1).max(100).meta({ example: 'billing, production' })
const scopesSchema = z
  .array(scopeSchema)
  .min(1)
  .max(scopes.length)
  .transform((list) => [...new Set(list)])
const instanceSchema = z.boolean().meta({
  description:
    'May also act on what all workspaces share (queues, workers, operators), as far as its scopes go. Only callers who may do so can give it',
})
const expiresAtSchema = z.iso.datetime({ offset: true }).meta({ example: '2027-01-01T00:00:00Z' })

export const apiKeyCreateSchema = z
  .strictObject({
    name: nameSchema,
    scopes: scopesSchema,
    rateLimit: z.union([rateLimitSchema, z.null()]).optional(),
    expiresAt: expiresAtSchema.nullable().optional(),
    instance: instanceSchema
      .optional()
      .meta({ description: 'See `ApiKey`. When left out: what the calling key has itself; false for operators' }),
  })
  .meta({ id: 'ApiKeyCreate' })
export type ApiKeyCreate = z.infer<typeof apiKeyCreateSchema>

export const apiKeyUpdateSchema = z
  .strictObject({
    name: nameSchema.optional(),
    scopes: scopesSchema.optional(),
    rateLimit: z.union([rateLimitSchema, z.null()]).optional(),
    expiresAt: expiresAtSchema.nullable().optional(),
    instance: instanceSchema.optional(),
  })
  .meta({ id: 'ApiKeyUpdate', description: 'What is left out stays as it is; null removes a limit or an expiry' })
export type ApiKeyUpdate = z.infer<typeof apiKeyUpdateSchema>

const apiKeyFields = {
  id: z.string().meta({ example: 'key_0192f3a07c4e7b0f8a53b1d2c3e4f506' }),
  name: z.string(),
  prefix: z.string().meta({ description: 'The first characters of the secret, to tell keys apart', example: 'sb_Ab3xYz' }),
  scopes: z.array(scopeSchema),
  rateLimit: z.strictObject({ perSecond: z.int(), burst: z.int() }).nullable(),
  instance: instanceSchema,
  state: z.enum(['active', 'expired', 'revoked']),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable().meta({ description: 'To the minute' }),
}

export const apiKeySchema = z.strictObject(apiKeyFields).meta({ id: 'ApiKey' })
export type ApiKey = z.infer<typeof apiKeySchema>

export const apiKeyCreatedSchema = z
  .strictObject({ ...apiKeyFields, secret: z.string().meta({ description: 'Shown here and never again', example: 'sb_...' }) })
  .meta({ id: 'ApiKeyCreated' })
export type ApiKeyCreated = z.infer<typeof apiKeyCreatedSchema>

export const apiKeyParamsSchema = z.strictObject({
  id: z
    .string()
    .regex(/^key_[0-9a-f]{32}$/)
    .meta({ example: 'key_0192f3a07c4e7b0f8a53b1d2c3e4f506' }),
})
