// Masking: what of payloads and messages those see who may only look (docs/decisions/0040). Everybody's list stands in shared/redact.ts;
// a workspace adds names of its own.
//
// sight   how much a caller gets to see: everything, or what is left without secrets and persons
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import type { Masking, MaskingInput } from '#shared/contracts/masking.ts'
import { mask, redactJson, standardNames } from '#shared/redact.ts'
import { appendAudit } from '../audit/index.ts'
import { lockMaskedNames, selectMaskedNames, updateMaskedNames } from './masking.repository.ts'

export { hiddenFault, hideContent, hideText, redactAttempts, refuseHiddenFilters, type Sight } from './masking.rules.ts'

/** The workspace's own names. */
export const readMaskedNames = selectMaskedNames

/** A payload kept as text, as a caller may see it. What is not JSON is masked whole: nobody can tell its parts. */
export function redactPayload(text: string, names: readonly string[]): string {
  try {
    return JSON.stringify(redactJson(JSON.parse(text), names))
  } catch {
    return mask
  }
}

export interface MaskingSettings {
  get(workspaceId: string): Promise<Masking>
  /** The whole list; seen by the next answer of every process. */
  put(workspaceId: string, actor: Actor, input: MaskingInput): Promise<Masking>
}

export function createMasking(deps: { pool: Pool }): MaskingSettings {
  const { pool } = deps
  const shape = (names: string[]): Masking => ({ names, standard: [...standardNames] })
  return {
    get: async (workspaceId) => shape(await selectMaskedNames(pool, workspaceId)),
    put: (workspaceId, actor, { names, reason }) =>
      transaction(pool, async (client) => {
        const before = await lockMaskedNames(client, workspaceId)
        await updateMaskedNames(client, workspaceId, names)
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'masking.update',
          subjectKind: 'masking',
          subjectId: 'payloads',
          reason,
          details: { before: { names: before }, after: { names } },
        })
        return shape(names)
      }),
  }
}
