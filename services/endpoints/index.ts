// Endpoints: webhook URLs of customers, subscribed to event types.
//
// target     an endpoint as the path sees it, with its live secrets
// audience   the customer that an endpoint and an event belong to
// rotation   a new secret; the old one signs beside it for a day
// disabled   by an operator, by 410 (gone) or after five days of failures (failing); what waits for it is held
export { matchesAudience, matchesEventType } from './endpoints.rules.ts'
export { disableEndpoint, enableEndpoint, loadTargets, type EndpointTarget } from './target.repository.ts'
