import type { Pool } from '#platform/postgres/index.ts'
import type { WorkflowStep } from '#shared/contracts/workflow.ts'

export interface PublishedWorkflow {
  id: string
  key: string
  version: number
  name: string
  eventType: string
  critical: boolean
  email: { from?: string; replyTo?: string }
  steps: WorkflowStep[]
}

/** The published versions of a workspace: what the fan-out goes by. */
export async function loadPublished(pool: Pool, workspaceId: string): Promise<PublishedWorkflow[]> {
  const { rows } = await pool.query(
    `SELECT w.id, w.key, v.version, v.definition FROM workflow w JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.published_version
     WHERE w.workspace_id = $1 ORDER BY w.key`,
    [workspaceId],
  )
  return rows.map(({ id, key, version, definition }) => ({
    id,
    key,
    version,
    name: definition.name,
    eventType: definition.eventType,
    critical: definition.critical ?? false,
    email: definition.email ?? {},
    steps: definition.steps,
  }))
}
