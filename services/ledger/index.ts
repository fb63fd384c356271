// The ledger: every accepted event and every created delivery is in exactly one state.
//
// counter        kept by deltas that each transaction of the path appends, rolled up by the relay
// unaccounted    total minus all states, plus rows that nobody works on; must be 0
// reconciliation the same numbers counted from the rows, and the protocol's invariants as queries
export { readLedger, readLedgers } from './read-ledger.ts'
export { reconcile } from './reconcile.ts'
/** @public The protocol's invariants, shared with whoever checks them from outside. */
export { invariantQueries } from './ledger.repository.ts'
export { readLastReconciliation, readTotals, rollUpLedger, type ReconciliationReport } from './ledger.repository.ts'
