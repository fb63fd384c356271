// The live picture: what every page of the console shows that moves.
//
// report     what one process has counted since it began, written to Redis once a second (platform/telemetry)
// collector  the one process that joins all reports with queues, ledger and causes; leader by an advisory lock
// snapshot   the instance at one moment; published once a second while a page is open
// hint       something changed: a page reads its list again
// sample     what a picture said, kept: 10 s for 7 days, 1 min for 30, 1 h for 90
// threshold  what counts as too old, too slow, too often wrong; an incident is a span in which a place was beyond one
// tab        one open page; slow ones get the newest snapshot, never a queue of old ones
export { startCollector, type Collector } from './collect-snapshots.ts'
export { createLiveHub, type LiveHub } from './follow-live.ts'
export { forgetOldIncidents } from './incident.repository.ts'
export { forgetOldSamples } from './keep-samples.ts'
export { createThresholds, type Thresholds } from './manage-thresholds.ts'
export { createPictureReader, type PictureReader } from './read-picture.ts'
