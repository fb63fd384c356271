// Endpoints: a customer's webhook URL, subscribed to event types.
//
// Target     an endpoint as the path needs it, with its live secrets opened
// Secret     signs webhooks (Standard Webhooks); two are live during a rotation; sealed at rest, shown once
// Audience   the customer it belongs to: with one, it gets only events of the same one
// Disabled   by an answer of 410 (gone), five days of failure (failing) or a person (operator); its deliveries are held
import { createWebhookSender, type WebhookSender } from '#services/channels/index.ts'
import type { PoolClient } from '#platform/postgres/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import type { EndpointDisabledReason, EndpointTest, EndpointTestResult } from '#shared/contracts/endpoint.ts'
import { switchOff } from './endpoint-switch.repository.ts'
import { createManageEndpoints, type ManageEndpoints, type ManageEndpointsDeps } from './manage-endpoints.ts'
import { testEndpoint } from './test-endpoint.ts'

export { matchesEventType } from './endpoints.rules.ts'
export { loadTargets, type EndpointTarget } from './target.repository.ts'

/** Nothing more is sent there; hold what waits in the same transaction. No-op when it is disabled already, with the first reason kept. */
export async function disableEndpoint(
  client: PoolClient,
  workspaceId: string,
  endpointId: string,
  reason: EndpointDisabledReason,
): Promise<void> {
  await switchOff(client, workspaceId, endpointId, reason)
}

export interface Endpoints extends ManageEndpoints {
  /** One signed webhook at once; ends within the sender's deadline (20 s). */
  test(workspaceId: string, id: string, test: EndpointTest): Promise<EndpointTestResult>
  close(): Promise<void>
}

export function createEndpoints(deps: ManageEndpointsDeps & { log: Log; webhookSender?: WebhookSender }): Endpoints {
  // Made by the first test: most processes never send one.
  let own: WebhookSender | undefined
  return {
    ...createManageEndpoints(deps),
    test(workspaceId, id, test) {
      const sender = deps.webhookSender ?? (own ??= createWebhookSender({ config: deps.config, log: deps.log }))
      return testEndpoint({ pool: deps.pool, secret: deps.config.SIGNALBOX_SECRET as string, sender }, workspaceId, id, test)
    },
    async close() {
      await own?.close()
    },
  }
}
