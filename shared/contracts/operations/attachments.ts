import { z } from 'zod'
import {
  attachmentCompleteSchema,
  attachmentCreatedSchema,
  attachmentCreateSchema,
  attachmentListQuerySchema,
  attachmentPageSchema,
  attachmentParamsSchema,
  attachmentResumedSchema,
  attachmentSchema,
} from '../attachment.ts'
import { optionalReasonSchema } from '../reason.ts'
import { operation } from './operation.ts'

const base = { tags: ['Attachments'], auth: { scope: 'attachments' } } as const
/** What is in a file is for those who may act: viewers see that it is there (docs/decisions/0040). */
const content = { tags: ['Attachments'], auth: { scope: 'attachments', role: 'operator' } } as const
const location = { Location: { description: 'Where the bytes are, for a few minutes' } }

export const createAttachment = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/attachments',
  operationId: 'createAttachment',
  summary: 'Announce a file and get the URL to upload it',
  description:
    'Send the bytes to `upload.url` exactly as announced, then complete it. Files of more than four parts (over 64 MiB, where nothing else is set) come in parts: `upload.parts`, each with a URL of its own.',
  idempotent: true,
  body: 'raw',
  bodySchemas: { 'application/json': attachmentCreateSchema },
  examples: { invoice: { summary: 'A PDF', value: { filename: 'invoice-4711.pdf', contentType: 'application/pdf', size: 48_213 } } },
  responses: {
    201: { description: 'Where to send the bytes', schema: attachmentCreatedSchema },
    409: { description: "The workspace's room for files is used up, or the first request with this Idempotency-Key is still running" },
  },
})

export const resumeAttachment = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/attachments/{id}/resume',
  operationId: 'resumeAttachment',
  summary: 'Go on with an upload that broke off',
  description:
    'Which parts have arrived, and new URLs, for 23 hours from the announcement on. Send what is missing, then complete it. Compare the MD5 of your parts with the etags: a part that differs is of another file, or of another state of it; send it again.',
  params: attachmentParamsSchema,
  responses: {
    200: { description: 'What has arrived, and where the rest goes', schema: attachmentResumedSchema },
    409: { description: 'It was completed, given up, or announced too long ago: announce it anew' },
  },
})

export const completeAttachment = operation({
  ...base,
  method: 'POST',
  path: '/api/v1/attachments/{id}/complete',
  operationId: 'completeAttachment',
  summary: 'Check an uploaded file',
  description:
    'Size, SHA-256, what the bytes say they are and, where one is set up, a virus scanner. Answers with the verdict; what takes longer than 20 seconds goes on as `checking`. Twice changes nothing.',
  params: attachmentParamsSchema,
  body: attachmentCompleteSchema,
  bodyOptional: true,
  responses: {
    200: { description: 'The file as it is now: `ready`, `rejected` with its reason, or still `checking`', schema: attachmentSchema },
    409: { description: 'Nothing was uploaded yet' },
  },
})

export const listAttachments = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/attachments',
  operationId: 'listAttachments',
  summary: 'List files, newest first',
  query: attachmentListQuerySchema,
  responses: { 200: { description: 'One page of files', schema: attachmentPageSchema } },
})

export const getAttachment = operation({
  ...base,
  method: 'GET',
  path: '/api/v1/attachments/{id}',
  operationId: 'getAttachment',
  summary: 'Get a file, its checks and where it is used',
  params: attachmentParamsSchema,
  responses: { 200: { description: 'The file', schema: attachmentSchema } },
})

export const getAttachmentContent = operation({
  ...content,
  method: 'GET',
  path: '/api/v1/attachments/{id}/content',
  operationId: 'getAttachmentContent',
  summary: 'Get the bytes of a file',
  description: 'Images of the common kinds and PDF open in a browser; everything else is only ever downloaded.',
  params: attachmentParamsSchema,
  responses: {
    302: { description: 'The bytes are there', headers: location },
    409: { description: 'The file is not ready' },
  },
})

export const getAttachmentThumbnail = operation({
  ...content,
  method: 'GET',
  path: '/api/v1/attachments/{id}/thumbnail',
  operationId: 'getAttachmentThumbnail',
  summary: 'Get a small picture of an image',
  description: '404 while there is none: what is no image never gets one.',
  params: attachmentParamsSchema,
  responses: { 200: { description: 'At most 320 pixels wide and high', schema: z.string(), mediaType: 'image/webp' } },
})

export const deleteAttachment = operation({
  ...base,
  method: 'DELETE',
  path: '/api/v1/attachments/{id}',
  operationId: 'deleteAttachment',
  summary: 'Delete a file',
  description: 'Its bytes are gone shortly after. Mail that still waits for it becomes a dead letter; links that were given out end.',
  params: attachmentParamsSchema,
  body: optionalReasonSchema,
  bodyOptional: true,
  responses: { 204: { description: 'Deleted' } },
})

const file = { tags: ['Attachments'], auth: 'public', path: '/files/{token}', params: z.strictObject({ token: z.string() }) } as const
const gone = { description: 'The link is not valid, or no longer' }

export const uploadFile = operation({
  ...file,
  method: 'PUT',
  operationId: 'uploadFile',
  summary: 'Upload the bytes of a file, or of a part of one',
  description:
    'The URL comes from creating an attachment and says what it takes. Only where files lie on the disk; otherwise the URL leads to the object store.',
  body: 'raw',
  bodySchemas: { 'application/octet-stream': z.string().meta({ format: 'binary' }) },
  responses: {
    200: { description: 'Taken, and on the disk', headers: { ETag: { description: 'For completing an upload in parts' } } },
    404: gone,
    405: gone,
  },
})

export const downloadFile = operation({
  ...file,
  method: 'GET',
  operationId: 'downloadFile',
  summary: 'Download the bytes of a file',
  responses: { 200: { description: 'The bytes', schema: z.string(), mediaType: 'application/octet-stream' }, 404: gone, 405: gone },
})

export const attachmentOperations = [
  createAttachment,
  resumeAttachment,
  completeAttachment,
  listAttachments,
  getAttachment,
  getAttachmentContent,
  getAttachmentThumbnail,
  deleteAttachment,
  uploadFile,
  downloadFile,
]
