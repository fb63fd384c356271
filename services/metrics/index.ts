// Metrics: the figures that one scrape of any API process gives for the whole instance.
//
// figure   a gauge that comes from the database, read at most every five seconds whoever asks
// counter  what processes count themselves and share through Redis (platform/telemetry/share-metrics.ts)
export { createInstanceFigures, type InstanceFigures } from './read-figures.ts'
