import {
  jobActionResultSchema,
  jobBulkInputSchema,
  jobBulkPreviewInputSchema,
  jobBulkPreviewSchema,
  jobDetailSchema,
  jobListQuerySchema,
  jobOperationParamsSchema,
  jobOperationSchema,
  jobPageSchema,
  jobParamsSchema,
  whySchema,
} from '../job.ts'
import { pageQuerySchema, pageSchema } from '../page.ts'
import { queueParamsSchema } from '../queue.ts'
import { reasonInputSchema } from '../reason.ts'
import { operation } from './operation.ts'

const base = { tags: ['Queues'], auth: { scope: 'operate' } } as const
const whose = "An operator or a key of the instance reaches every workspace's jobs, anybody else those of the workspace."

export const listJobs = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/queues/{name}/jobs',
  operationId: 'listJobs',
  summary: 'List the jobs of a queue by state, or look for some',
  description: `Oldest due first. ${whose} A search reads the rows themselves and answers after a moment: \`nextCursor\` goes on where it stopped, also when this answer has no items. Operators who may only look get addresses and messages masked; their search does not look into these, nor into payloads.`,
  params: queueParamsSchema,
  query: jobListQuerySchema,
  responses: { 200: { description: 'The jobs', schema: jobPageSchema } },
})

export const getJob = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/queues/{name}/jobs/{id}',
  operationId: 'getJob',
  summary: 'Look at one job',
  description: 'Its dispatch, its lease and who holds it, its event, its delivery with the attempts, its payload.',
  params: jobParamsSchema,
  responses: { 200: { description: 'The job', schema: jobDetailSchema }, 404: { description: 'Done, or never there' } },
})

export const explainJob = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/queues/{name}/jobs/{id}/why',
  operationId: 'explainJob',
  summary: 'Why is this job not running?',
  description: 'One sentence, six checks in order, and what would help by how much. Figures are those of now.',
  params: jobParamsSchema,
  responses: { 200: { description: 'The answer', schema: whySchema } },
})

export const retryJob = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/queues/{name}/jobs/{id}/retry',
  operationId: 'retryJob',
  summary: 'Make a delayed job due now',
  params: jobParamsSchema,
  body: reasonInputSchema,
  responses: { 200: { description: 'What was done', schema: jobActionResultSchema }, 409: { description: 'It is not delayed' } },
})

export const promoteJob = operation({
  tags: ['Queues'],
  // It goes before the work of every other workspace.
  auth: { scope: 'operate', instance: true },
  method: 'POST',
  path: '/api/v1/queues/{name}/jobs/{id}/promote',
  operationId: 'promoteJob',
  summary: 'Let a job go first',
  description: "Hands it over at once, before everything that waits in Redis, past its lane's share and the queue's rate.",
  params: jobParamsSchema,
  body: reasonInputSchema,
  responses: {
    200: { description: 'What was done', schema: jobActionResultSchema },
    409: { description: 'The queue is paused, a worker has it, or its endpoint is disabled' },
  },
})

export const removeJob = operation({
  ...base,
  method: 'DELETE',
  path: '/api/v1/queues/{name}/jobs/{id}',
  operationId: 'removeJob',
  summary: 'Remove a job',
  description:
    'Ends its work on purpose: the delivery is cancelled with this reason; an event that was not fanned out yet is cancelled whole.',
  params: jobParamsSchema,
  body: reasonInputSchema,
  responses: { 200: { description: 'What was done', schema: jobActionResultSchema }, 409: { description: 'It is being sent right now' } },
})

export const previewJobOperation = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/queues/{name}/job-operations/preview',
  operationId: 'previewJobOperation',
  summary: 'Count what an action on many jobs would touch',
  params: queueParamsSchema,
  body: jobBulkPreviewInputSchema,
  responses: { 200: { description: 'Exactly what matches now', schema: jobBulkPreviewSchema } },
})

export const startJobOperation = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/queues/{name}/job-operations',
  operationId: 'startJobOperation',
  summary: 'Act on all jobs that a filter matches, or on those that are named',
  description: `The selection is frozen: what comes later is not part of it. Done in steps by the workers of the queue \`replay\`, resumed after a kill. \`promote\` is for operators and keys of the instance, and takes at most 10,000 jobs. ${whose}`,
  params: queueParamsSchema,
  body: jobBulkInputSchema,
  responses: {
    202: { description: 'It runs', schema: jobOperationSchema },
    409: { description: 'Another number matches now than was confirmed' },
  },
})

export const listJobOperations = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/queues/{name}/job-operations',
  operationId: 'listJobOperations',
  summary: 'List actions on many jobs of a queue, newest first',
  params: queueParamsSchema,
  query: pageQuerySchema,
  responses: { 200: { description: 'The operations', schema: pageSchema(jobOperationSchema).meta({ id: 'JobOperationPage' }) } },
})

export const getJobOperation = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/queues/{name}/job-operations/{id}',
  operationId: 'getJobOperation',
  summary: 'Look at one action on many jobs',
  params: jobOperationParamsSchema,
  responses: { 200: { description: 'The operation', schema: jobOperationSchema } },
})

export const abortJobOperation = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/queues/{name}/job-operations/{id}/abort',
  operationId: 'abortJobOperation',
  summary: 'Stop an action on many jobs',
  description: 'What was done stays done.',
  params: jobOperationParamsSchema,
  body: reasonInputSchema,
  responses: {
    200: { description: 'The operation as it is now', schema: jobOperationSchema },
    409: { description: 'It has ended already' },
  },
})

export const jobOperations = [
  listJobs,
  getJob,
  explainJob,
  retryJob,
  promoteJob,
  removeJob,
  previewJobOperation,
  startJobOperation,
  listJobOperations,
  getJobOperation,
  abortJobOperation,
]
