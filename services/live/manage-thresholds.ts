import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Redis } from '#platform/redis/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import type { Threshold, ThresholdInput } from '#shared/contracts/threshold.ts'
import { Fault } from '#shared/fault.ts'
import { fallbacksOf, refuseLimits, thresholdDefinitions, type ThresholdDefinition } from '#shared/topology/thresholds.ts'
import { appendAudit } from '../audit/index.ts'
import { hintChannel } from './keys.ts'
import type { LiveHint } from './hints.rules.ts'
import { lockThreshold, readThresholds, writeThreshold, type ThresholdRow } from './threshold.repository.ts'

export interface Thresholds {
  list(): Promise<Threshold[]>
  /** Sets all limits of one threshold; of the whole instance, the audit entry stands in the caller's workspace. Faults: not-found, invalid. */
  set(workspaceId: string, id: string, actor: Actor, input: ThresholdInput): Promise<Threshold>
}

export function createThresholds(deps: { pool: Pool; redis: Redis }): Thresholds {
  return {
    async list() {
      const changed = new Map((await readThresholds(deps.pool)).map((row) => [row.id, row]))
      return thresholdDefinitions.map((definition) => thresholdOf(definition, changed.get(definition.id)))
    },
    async set(workspaceId, id, actor, input) {
      const definition = thresholdDefinitions.find((each) => each.id === id)
      if (!definition) throw new Fault('not-found', 'There is no such threshold.')
      const problems = refuseLimits(definition, input.limits)
      if (problems.length > 0) throw new Fault('invalid', 'These limits cannot be set.', { errors: problems })
      const set = await transaction(deps.pool, async (client) => {
        const before = await lockThreshold(client, id)
        await writeThreshold(client, { id, limits: input.limits, changedBy: actor.name, changedReason: input.reason })
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'threshold.set',
          subjectKind: 'threshold',
          subjectId: id,
          reason: input.reason,
          details: { before: { ...fallbacksOf(definition), ...before?.limits }, after: { ...fallbacksOf(definition), ...input.limits } },
        })
        return (await lockThreshold(client, id))!
      })
      const hint: LiveHint = { event: 'topology', workspaceId: null, ids: [id] }
      // Without Redis a page hears of it with its next reading.
      if (deps.redis.status === 'ready') await deps.redis.publish(hintChannel, JSON.stringify(hint)).catch(() => undefined)
      return thresholdOf(definition, set)
    },
  }
}

function thresholdOf(definition: ThresholdDefinition, row: ThresholdRow | undefined): Threshold {
  return {
    id: definition.id,
    title: definition.title,
    limits: Object.entries(definition.limits).map(([name, { unit, fallback, meaning }]) => ({
      name,
      unit,
      value: row?.limits[name] ?? fallback,
      fallback,
      meaning,
    })),
    changedAt: row?.changedAt.toISOString() ?? null,
    changedBy: row?.changedBy ?? null,
    changedReason: row?.changedReason ?? null,
  }
}
