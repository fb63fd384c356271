export { createQueues, type Dispatch, type QueueCounts, type Queues } from './queues.ts'
export { keyPrefix } from './queues.ts'
export { createConsumer, type Consumer, type ChunkHandler } from './consumer.ts'
