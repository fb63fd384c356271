// Delivery: a notification (or an event for an endpoint) on one channel, and its attempts.
//
// attempt   opened before the call, closed with what it came to; its number is the delivery's version and the fence
// held      the endpoint is disabled or the provider held: waits in Postgres, not lost
export { createDeliveryRuntime, type DeliveryDeps, type DeliveryRuntime } from './delivery-runtime.ts'
export { createWebhookDeliverer, type OpenWebhook, type WebhookDeliverer } from './deliver-webhooks.ts'
export { createMessageDeliverer } from './deliver-messages.ts'
export { createRecorder, type Recorder } from './record-results.ts'
export { createWebhookGate, type Bulkhead } from './webhook-gate.ts'
export { cancelDeliveries } from './cancel-deliveries.repository.ts'
export { recordDeliveryResults, type DeliveryResult } from './delivery.repository.ts'
export { disableFailingEndpoints } from './disable-failing.ts'
export { holdEndpointDeliveries, holdForProviders, holdProviderDeliveries, releaseHeld } from './endpoint-hold.repository.ts'
export { createDeliveries, type Deliveries } from './manage-deliveries.ts'
export { redactDelivery } from './redact-delivery.rules.ts'
export { getDelivery, readDeliveriesOfEvent } from './read-deliveries.repository.ts'
export { stateCandidates } from './state-candidates.repository.ts'
