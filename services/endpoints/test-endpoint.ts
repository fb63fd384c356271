import { webhookBody, type WebhookSender } from '#services/channels/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import type { EndpointTest, EndpointTestResult } from '#shared/contracts/endpoint.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { unknownEndpoint, uuidOf } from './manage-endpoints.ts'
import { loadTargets } from './target.repository.ts'

/**
 * One signed webhook, sent at once and past the path: no event, no delivery, no retry, and the endpoint's state stays as it
 * is. Also for a disabled endpoint, to see whether it is well again. Never shows what the receiver answered.
 */
export async function testEndpoint(
  deps: { pool: Pool; secret: string; sender: WebhookSender },
  workspaceId: string,
  id: string,
  test: EndpointTest,
): Promise<EndpointTestResult> {
  const uuid = uuidOf(id)
  const target = (await loadTargets(deps.pool, deps.secret, workspaceId)).find((each) => each.id === uuid)
  if (!target) throw unknownEndpoint()
  const body = webhookBody({
    type: test.type,
    timestampIso: new Date().toISOString(),
    dataJson: JSON.stringify(test.data),
    eventId: publicId('event', newUuid()),
  })
  const startedAt = performance.now()
  const result = await deps.sender.send({ deliveryId: newUuid(), url: target.url, headers: target.headers, secrets: target.secrets, body })
  return {
    outcome: result.outcome,
    statusCode: result.statusCode,
    durationMs: Math.round(performance.now() - startedAt),
    error: result.outcome === 'delivered' ? null : { code: result.errorCode, message: result.error },
  }
}
