import { workspaceHeader } from '../../roles.ts'
import { passwordChangeSchema } from '../operator.ts'
import { sessionSchema, signInSchema } from '../session.ts'
import { operation } from './operation.ts'

const base = { tags: ['Session'], path: '/api/v1/session' } as const

export const signIn = operation({
  ...base,
  method: 'POST',
  auth: 'public',
  operationId: 'signIn',
  summary: 'Sign in to the console',
  description:
    'Sets the cookie `sb_session` (`__Host-sb_session` on https), always a new one. A wrong password and an unknown address get the same ' +
    'answer after the same time. Attempts are limited per account, per address and over all: 429 says when to try again.',
  body: signInSchema,
  responses: {
    200: { description: 'Signed in', schema: sessionSchema, headers: { 'Set-Cookie': { description: 'The session' } } },
    401: { description: 'The address and the password do not belong together, or the operator is disabled' },
    403: { description: 'The request comes from a page of another origin' },
    429: { description: 'Too many attempts' },
  },
})

export const getSession = operation({
  ...base,
  method: 'GET',
  auth: 'operator',
  operationId: 'getSession',
  summary: 'Who is signed in',
  description: `The role is the one in the workspace that \`${workspaceHeader}\` names, or in the first one.`,
  headers: { [workspaceHeader]: { description: 'Id or key of a workspace' } },
  responses: {
    200: { description: 'The operator and the workspaces', schema: sessionSchema },
    404: { description: 'The workspace is unknown, or the operator is no member of it' },
  },
})

export const signOut = operation({
  ...base,
  method: 'DELETE',
  auth: 'operator',
  operationId: 'signOut',
  summary: 'Sign out',
  responses: { 204: { description: 'The session has ended' } },
})

export const changeOwnPassword = operation({
  tags: ['Session'],
  method: 'POST',
  path: '/api/v1/session/password',
  auth: 'operator',
  operationId: 'changeOwnPassword',
  summary: 'Change your own password',
  description: 'Every other session of yours ends; this one goes on under a new id.',
  body: passwordChangeSchema,
  responses: {
    204: { description: 'Changed', headers: { 'Set-Cookie': { description: 'The session' } } },
    422: { description: 'The current password is wrong, or the new one too short' },
    429: { description: 'Too many attempts' },
  },
})

export const sessionOperations = [signIn, getSession, signOut, changeOwnPassword]
