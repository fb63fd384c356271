// The live picture: what every page of the console shows that moves.
//
// report     what one process has counted since it began, written to Redis once a second (platform/telemetry)
// collector  the one process that joins all reports with queues, ledger and causes; leader by an advisory lock
// snapshot   the instance at one moment; published once a second while a page is open
// hint       something changed: a page reads its list again
// tab        one open page; slow ones get the newest snapshot, never a queue of old ones
export { startCollector, type Collector } from './collect-snapshots.ts'
export { createLiveHub, type LiveHub } from './follow-live.ts'
