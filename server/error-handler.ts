// What nobody caught: a problem, never a page with a stack.
import type { H3Error, H3Event } from 'h3'
import { Fault, type FaultCode } from '#shared/fault.ts'
import { useAppOrNothing } from './utils/app.ts'
import { faultOf } from './utils/fault-of.ts'
import { beginRequest, sendProblem } from './utils/request.ts'

const codeOfStatus: Record<number, FaultCode> = {
  400: 'bad-request',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
}

export default function answerError(error: H3Error, event: H3Event): void {
  const { req, res } = event.node
  const requestId = beginRequest(req, res)
  const code = error.unhandled ? undefined : codeOfStatus[error.statusCode]
  const fault = code
    ? new Fault(code, 'There is nothing that answers this request.', { cause: error })
    : faultOf(error.cause ?? error, useAppOrNothing()?.platform.log, { requestId })
  sendProblem(req, res, fault)
}
