// Events: something that happened, sent in by a client. Accepted once it is durable in Postgres.
//
// group commit   concurrent requests share one transaction; a bad row never fails its neighbours
// fast path      the accepting process puts the event into the queue itself, right after the commit
export { createEventAcceptor, type EventAcceptor } from './accept-events.ts'
export { cancelEvent, cancelEventIn } from './cancel-event.repository.ts'
export { prepareEvent, type PreparedEvent } from './prepare-event.ts'
export { createEvents, type Events } from './read-events.ts'
