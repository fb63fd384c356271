export {
  createPool,
  isRetryable,
  isUnavailable,
  retrySerialization,
  sqlState,
  transaction,
  type Pool,
  type PoolClient,
  type PoolOptions,
} from './pool.ts'
export { migrate } from './migrate.ts'
export { dropOldSamplePartitions, ensurePartitions, sampleAges } from './partitions.ts'
export { listRows } from './list-rows.ts'
export type { LookedThrough } from './look-through.ts'
export { joinTexts, sqlArray, sqlTexts, withoutControls } from './sql-arrays.ts'
export { seekLeadership, type Leadership } from './lead.ts'
export { listen, type Listener } from './listen.ts'
export { containsPattern, where, type Where } from './where.ts'
