// The outbox: rows that stand for work not yet done, and the relay that hands them to the queues.
//
// dispatch  a row gets a lease and a number; a job with that number is put into Redis
// start     a worker takes the row: its heartbeat is the lease from here on
// lane      the share of a queue that one workspace or endpoint may fill
// suspect   a row that was started several times without an effect: runs alone, then becomes a dead letter
export { createLaneBudget, untilLimitIsHeard, untilPauseIsHeard, type LaneBudget } from './lane-budget.ts'
export { createHeldRows, type HeldRows } from './held-rows.ts'
export { indexCte, recipientIndexCte } from './index-rows.ts'
export { startRelay, type PoisonRow, type Relay } from './relay.ts'
export {
  analyseGrowingTables,
  dispatchLeaseSeconds,
  giveBack,
  recallDispatched,
  startCte,
  startValues,
  undoDispatch,
  vacuumOutbox,
  wakeRelay,
} from './outbox.repository.ts'
