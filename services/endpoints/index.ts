// Endpoints: a customer's webhook URL, subscribed to event types.
//
// Target     an endpoint as the path needs it, with its live secrets opened
// Secret     signs webhooks (Standard Webhooks); two are live during a rotation; sealed at rest, shown once
// Audience   the customer it belongs to: with one, it gets only events of the same one
// Disabled   by an answer of 410 (gone), five days of failure (failing) or a person (operator); its deliveries are held
import type { PoolClient } from '#platform/postgres/index.ts'
import type { EndpointDisabledReason } from '#shared/contracts/endpoint.ts'
import { switchOff, switchOn } from './endpoint-switch.repository.ts'

export { matchesEventType } from './matches-event-type.rules.ts'
export { loadTargets, type EndpointTarget } from './target.repository.ts'

/** Nothing more is sent there; hold what waits in the same transaction. No-op when it is disabled already, with the first reason kept. */
export async function disableEndpoint(client: PoolClient, workspaceId: string, endpointId: string, reason: EndpointDisabledReason): Promise<void> {
  await switchOff(client, workspaceId, endpointId, reason)
}

/** The relay releases what is held. No-op when it is enabled already. */
export async function enableEndpoint(client: PoolClient, workspaceId: string, endpointId: string): Promise<void> {
  await switchOn(client, workspaceId, endpointId)
}
