// RFC 9457: the one shape of every error that the API answers.
import { z } from 'zod'

export const problemDetailSchema = z
  .strictObject({
    path: z.string().meta({ description: "JSON Pointer (RFC 6901) into the body, or a parameter's name", example: '/recipients/0' }),
    message: z.string().meta({ example: 'must be a string' }),
  })
  .meta({ id: 'ProblemDetail' })

export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'Stable URI of the kind of problem', example: 'https://signalbox.dev/problems/invalid' }),
    title: z.string().meta({ example: 'The request is not valid' }),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().meta({ description: "The request's path", example: '/api/v1/events' }),
    requestId: z.string(),
    errors: z.array(problemDetailSchema).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' })
export type Problem = z.infer<typeof problemSchema>

export const problemMediaType = 'application/problem+json'
