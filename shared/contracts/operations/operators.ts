import {
  membershipParamsSchema,
  membershipSchema,
  operatorCreatedSchema,
  operatorCreateSchema,
  operatorParamsSchema,
  operatorSchema,
  operatorUpdateSchema,
  passwordResetResultSchema,
  passwordResetSchema,
} from '../operator.ts'
import { pageQuerySchema, pageSchema } from '../page.ts'
import { optionalReasonSchema, reasonInputSchema } from '../reason.ts'
import { operation } from './operation.ts'

const base = { tags: ['Operators'], auth: { scope: 'admin' } } as const
const notYours = 'The last owner of the instance, or yourself'
const reach =
  'An operator belongs to the instance. Who owns it may change everybody; an admin of one workspace only those who belong to no other one: ' +
  'else the admin of one workspace could become anybody in another.'

export const listOperators = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/operators',
  operationId: 'listOperators',
  summary: 'List operators, oldest first',
  description: 'Those of the workspace; all of them for callers who own the instance.',
  query: pageQuerySchema,
  responses: { 200: { description: 'One page of operators', schema: pageSchema(operatorSchema).meta({ id: 'OperatorPage' }) } },
})

export const createOperator = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/operators',
  operationId: 'createOperator',
  summary: 'Make an operator with a role in this workspace',
  description: 'A password that is made up is in this answer and nowhere else.',
  body: operatorCreateSchema,
  examples: { viewer: { summary: 'May look at everything', value: { email: 'ada@example.com', name: 'Ada', role: 'viewer' } } },
  responses: {
    201: { description: 'The operator', schema: operatorCreatedSchema, headers: { Location: { description: 'Where the operator is' } } },
    409: { description: 'There is an operator with this address; an owner of the instance can give them a role here' },
  },
})

export const getOperator = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/operators/{id}',
  operationId: 'getOperator',
  summary: 'Get an operator',
  params: operatorParamsSchema,
  responses: { 200: { description: 'The operator', schema: operatorSchema } },
})

export const updateOperator = operation({
  ...base,
  method: 'PATCH',
  path: '/api/v1/operators/{id}',
  operationId: 'updateOperator',
  summary: 'Rename an operator, or make them an owner of the instance',
  description: `${reach} Ownership is given and taken by owners alone.`,
  params: operatorParamsSchema,
  body: operatorUpdateSchema,
  responses: { 200: { description: 'The operator as it is now', schema: operatorSchema }, 409: { description: notYours } },
})

export const putMembership = operation({
  ...base,
  method: 'PUT',
  path: '/api/v1/operators/{id}/workspaces/{workspace}',
  operationId: 'putMembership',
  summary: "Change an operator's role in a workspace",
  description: 'Admins give roles in their own workspace, owners of the instance in every one. In force everywhere within five seconds.',
  params: membershipParamsSchema,
  body: membershipSchema,
  responses: {
    200: { description: 'The operator as it is now', schema: operatorSchema },
    404: { description: 'The operator or the workspace is unknown, or not yours' },
    409: { description: 'Your own role: another admin has to change it' },
  },
})

export const disableOperator = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/operators/{id}/disable',
  operationId: 'disableOperator',
  summary: 'Disable an operator',
  description: `Every session ends within five seconds. ${reach}`,
  params: operatorParamsSchema,
  body: reasonInputSchema,
  responses: { 200: { description: 'The operator as it is now', schema: operatorSchema }, 409: { description: notYours } },
})

export const enableOperator = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/operators/{id}/enable',
  operationId: 'enableOperator',
  summary: 'Enable an operator again',
  params: operatorParamsSchema,
  body: reasonInputSchema,
  responses: { 200: { description: 'The operator as it is now', schema: operatorSchema } },
})

export const resetPassword = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/operators/{id}/reset-password',
  operationId: 'resetPassword',
  summary: "Set an operator's password",
  description: `Every session of theirs ends within five seconds. ${reach}`,
  params: operatorParamsSchema,
  body: passwordResetSchema,
  responses: {
    200: { description: 'The password, when it was made up', schema: passwordResetResultSchema },
    409: { description: 'Your own: change it with the current one' },
  },
})

export const deleteOperator = operation({
  ...base,
  method: 'DELETE',
  path: '/api/v1/operators/{id}',
  operationId: 'deleteOperator',
  summary: 'Delete an operator',
  description: `What they did stays in the audit. ${reach}`,
  params: operatorParamsSchema,
  body: optionalReasonSchema,
  bodyOptional: true,
  responses: { 204: { description: 'Deleted' }, 409: { description: notYours } },
})

export const operatorOperations = [
  listOperators,
  createOperator,
  getOperator,
  updateOperator,
  putMembership,
  disableOperator,
  enableOperator,
  resetPassword,
  deleteOperator,
]
