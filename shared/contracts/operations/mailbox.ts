import { mailListQuerySchema, mailPageSchema, mailParamsSchema, mailSchema } from '../mail.ts'
import { operation } from './operation.ts'

const base = { tags: ['Mailbox'], auth: { scope: 'events:read' } } as const

export const listMail = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/mailbox',
  operationId: 'listMail',
  summary: 'List caught mail, newest first',
  description:
    'While no `SMTP_URL` is set, every mail ends in the built-in mail catcher. It keeps the newest 10,000. Operators who may only look see that it came and from whom.',
  query: mailListQuerySchema,
  responses: {
    200: { description: 'One page of mail', schema: mailPageSchema },
    404: { description: '`SMTP_URL` is set: mail goes out, and none is caught' },
  },
})

export const getMail = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/mailbox/{id}',
  operationId: 'getMail',
  summary: 'Get a caught mail',
  params: mailParamsSchema,
  responses: { 200: { description: 'The mail', schema: mailSchema } },
})

export const mailboxOperations = [listMail, getMail]
