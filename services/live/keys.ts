// What the live picture keeps in Redis besides the processes' reports (platform/telemetry/report-counters.ts).

/** Snapshots, from the collector to every API process. */
export const snapshotChannel = 'signalbox:live:snapshots'
/** Hints that a list has changed, from anybody to every API process. */
export const hintChannel = 'signalbox:live:hints'
/** Workspaces that a page shows somewhere, scored by when they were last said to be (Redis' clock, milliseconds). */
export const watchedKey = 'signalbox:live:watched'
/** The number of the last snapshot, so that a new collector goes on counting. */
export const sequenceKey = 'signalbox:live:sequence'
