import type { Pool } from '#platform/postgres/index.ts'
import type { EmailTemplate, InAppTemplate, WorkflowInput } from '#shared/contracts/workflow.ts'

export type PublishedStep =
  { id: string; channel: 'email'; template: EmailTemplate } | { id: string; channel: 'in-app'; template: InAppTemplate }

/** A workflow as events go through it. Keep the object: the renderer knows templates by identity. */
export interface PublishedWorkflow {
  /** UUID. */
  id: string
  key: string
  version: number
  name: string
  eventType: string
  /** Goes out whatever recipients prefer, also in quiet hours. */
  critical: boolean
  email: { from?: string; replyTo?: string }
  steps: PublishedStep[]
}

/** The published version of every workflow of a workspace that has one. */
export async function loadPublished(pool: Pool, workspaceId: string): Promise<PublishedWorkflow[]> {
  const { rows } = await pool.query<{ id: string; key: string; version: number; definition: WorkflowInput }>({
    name: 'workflows-published',
    text: `SELECT w.id, w.key, v.version, v.definition FROM workflow w JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.published_version
      WHERE w.workspace_id = $1 ORDER BY w.key`,
    values: [workspaceId],
  })
  return rows.map(({ id, key, version, definition }) => ({
    id,
    key,
    version,
    name: definition.name,
    eventType: definition.eventType,
    critical: definition.critical,
    email: definition.email ?? {},
    steps: definition.steps.map(({ id, channel, template }) => ({ id, channel, template }) as PublishedStep),
  }))
}
