import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { disableEndpoint } from '../endpoints/index.ts'
import { findFailingEndpoints, holdEndpointDeliveries } from './endpoint-hold.repository.ts'

/** Days of nothing but failures after which an endpoint is disabled and its deliveries are held (contract). */
export const failingDays = 5

export async function disableFailingEndpoints(pool: Pool, log: Log): Promise<number> {
  const failing = await findFailingEndpoints(pool, failingDays)
  for (const endpoint of failing) {
    await transaction(pool, async (client) => {
      await disableEndpoint(client, endpoint.workspaceId, endpoint.id, 'failing')
      await holdEndpointDeliveries(client, endpoint.workspaceId, endpoint.id)
    })
    log.warn({ endpoint: endpoint.id }, `an endpoint failed for ${failingDays} days and was disabled; its deliveries are held`)
  }
  return failing.length
}
