import { statusSchema } from '../status.ts'
import { operation, type Operation } from './operation.ts'

export const readStatus = operation({
  method: 'GET',
  path: '/api/v1/status',
  operationId: 'readStatus',
  summary: 'What runs, and whether anything is lost',
  description:
    'What the page at `/` shows. Needs no key and tells nothing about content or customers. Answered from a picture at most a second old; while Postgres is away, from the last one, with its age.',
  tags: ['System'],
  auth: 'public',
  responses: { 200: { description: 'The state of this instance', schema: statusSchema } },
})

export const statusOperations: Operation[] = [readStatus]
