// What an API key may be allowed to do. `admin` implies all the others.
import { z } from 'zod'

export const scopes = ['events:write', 'events:read', 'recipients', 'workflows', 'endpoints', 'attachments', 'operate', 'admin'] as const
export type Scope = (typeof scopes)[number]

export const scopeSchema = z.enum(scopes).meta({ id: 'Scope', description: 'What a key may do; `admin` implies every other scope.' })
