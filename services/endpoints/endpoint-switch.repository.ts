// On and off. Each is one transaction with the revision that every cache of endpoints compares.
import type { PoolClient } from '#platform/postgres/index.ts'
import type { EndpointDisabledReason } from '#shared/contracts/endpoint.ts'

/** Call it in the transaction of every change that the path must see: workflows and endpoints as they are published. */
export async function bumpConfigRevision(client: PoolClient, workspaceId: string): Promise<void> {
  await client.query('UPDATE workspace SET config_revision = config_revision + 1 WHERE id = $1', [workspaceId])
}

/** True when it was enabled until now. */
export async function switchOff(
  client: PoolClient,
  workspaceId: string,
  endpointId: string,
  reason: EndpointDisabledReason,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE endpoint SET state = 'disabled', disabled_reason = $3, disabled_at = now(), updated_at = now()
     WHERE workspace_id = $1 AND id = $2 AND state = 'enabled' AND deleted_at IS NULL`,
    [workspaceId, endpointId, reason],
  )
  if (rowCount !== 1) return false
  await bumpConfigRevision(client, workspaceId)
  return true
}

/** True when it was disabled until now. The failing days count anew. */
export async function switchOn(client: PoolClient, workspaceId: string, endpointId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE endpoint SET state = 'enabled', disabled_reason = NULL, disabled_at = NULL, failing_since = NULL, updated_at = now()
     WHERE workspace_id = $1 AND id = $2 AND state = 'disabled' AND deleted_at IS NULL`,
    [workspaceId, endpointId],
  )
  if (rowCount !== 1) return false
  await bumpConfigRevision(client, workspaceId)
  return true
}
