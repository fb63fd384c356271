import { pageQuerySchema } from '../page.ts'
import { queuePageSchema, queueParamsSchema, queuePatchSchema, queueSchema, workerListQuerySchema, workerPageSchema } from '../queue.ts'
import { reasonInputSchema } from '../reason.ts'
import { laneLimitInputSchema, laneParamsSchema, lanePageSchema, laneSchema } from '../lane.ts'
import { operation } from './operation.ts'

const base = { tags: ['Queues'], auth: { scope: 'operate' } } as const
/** Queues and lanes are shared by all workspaces: only an operator or a key of the instance acts on them. */
const acting = { tags: ['Queues'], auth: { scope: 'operate', instance: true } } as const

export const listQueues = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/queues',
  operationId: 'listQueues',
  summary: 'List the queues of the instance',
  query: pageQuerySchema,
  responses: { 200: { description: 'The queues', schema: queuePageSchema } },
})

export const getQueue = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/queues/{name}',
  operationId: 'getQueue',
  summary: 'Look at one queue',
  params: queueParamsSchema,
  responses: { 200: { description: 'The queue', schema: queueSchema } },
})

export const pauseQueue = operation({
  ...acting,
  method: 'POST',
  path: '/api/v1/queues/{name}/pause',
  operationId: 'pauseQueue',
  summary: 'Pause a queue',
  description:
    'Nothing is handed to it any more; what a worker has ends, what waits stays in Postgres. Answers when every process knows of it. For every workspace of the instance. Pausing it again changes nothing.',
  params: queueParamsSchema,
  body: reasonInputSchema,
  responses: { 200: { description: 'The queue as it is now', schema: queueSchema } },
})

export const resumeQueue = operation({
  ...acting,
  method: 'POST',
  path: '/api/v1/queues/{name}/resume',
  operationId: 'resumeQueue',
  summary: 'Let a paused queue run',
  description: 'Resuming one that runs changes nothing.',
  params: queueParamsSchema,
  body: reasonInputSchema,
  responses: { 200: { description: 'The queue as it is now', schema: queueSchema } },
})

export const changeQueue = operation({
  ...acting,
  method: 'PATCH',
  path: '/api/v1/queues/{name}',
  operationId: 'changeQueue',
  summary: 'Change concurrency and rate of a queue',
  description:
    'Workers take a new concurrency over within two seconds, without a restart; the answer comes when they have, or after that time. ' +
    'A rate holds for what is handed over from now on, whatever the number of processes; while there is one, everything goes through the relay. ' +
    'What is left out stays as it is, `null` takes a setting back. For every workspace of the instance.',
  params: queueParamsSchema,
  body: queuePatchSchema,
  responses: { 200: { description: 'The queue as it is now', schema: queueSchema } },
})

export const listLanes = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/queues/{name}/lanes',
  operationId: 'listLanes',
  summary: 'List the lanes of a queue, worst first',
  description:
    'The oldest age first. An operator of the instance sees every lane, anybody else those of the workspace. Lanes that nothing stands in and that have no limit of their own are left out.',
  params: queueParamsSchema,
  query: pageQuerySchema,
  responses: { 200: { description: 'The lanes', schema: lanePageSchema } },
})

export const limitLane = operation({
  ...acting,
  method: 'PUT',
  path: '/api/v1/queues/{name}/lanes/{lane}',
  operationId: 'limitLane',
  summary: 'Limit one lane',
  description: 'Holds at once: what stands in Redis beyond it and was not started goes back to Postgres. What a worker has ends.',
  params: laneParamsSchema,
  body: laneLimitInputSchema,
  responses: { 200: { description: 'The lane as it is now', schema: laneSchema }, 404: { description: 'There is no such lane' } },
})

export const unlimitLane = operation({
  ...acting,
  method: 'DELETE',
  path: '/api/v1/queues/{name}/lanes/{lane}',
  operationId: 'unlimitLane',
  summary: "Give a lane the queue's own share again",
  params: laneParamsSchema,
  body: reasonInputSchema,
  responses: { 200: { description: 'The lane as it is now', schema: laneSchema } },
})

export const listWorkers = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/workers',
  operationId: 'listWorkers',
  summary: 'List the processes of the instance',
  description: 'Those that beat in the last minute and have not ended, API processes too.',
  query: workerListQuerySchema,
  responses: { 200: { description: 'The processes', schema: workerPageSchema } },
})

export const queueOperations = [listQueues, getQueue, pauseQueue, resumeQueue, changeQueue, listLanes, limitLane, unlimitLane, listWorkers]
