export { createPool, isRetryable, isUnavailable, retrySerialization, sqlState, transaction, type Pool, type PoolClient, type PoolOptions } from './pool.ts'
export { migrate } from './migrate.ts'
export { ensurePartitions } from './partitions.ts'
