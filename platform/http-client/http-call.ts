// One call as undici's handler: no streams, no signals, no copies unless the answer is bad. This is the hot path.
import type { Dispatcher } from 'undici'
import { excerptOf, parseRetryAfter, readError, type Dial, type HttpResult } from './result.ts'

/** Beyond this the connection is dropped: it is cheaper than reading on for the sake of keeping it. */
export const maxBodyBytes = 64 * 1024
const excerptBytes = 512

const dropped = new Error('dropped')

export class HttpCall implements Dispatcher.DispatchHandler {
  private readonly resolve: (result: HttpResult) => void
  private readonly timer: NodeJS.Timeout
  private readonly deadlineMs: number
  private controller: Dispatcher.DispatchController | undefined
  private statusCode = 0
  private retryAfterSeconds: number | null = null
  private bodyBytes = 0
  private excerpt: Buffer[] | undefined
  private dial: Dial | undefined
  private startedAt = 0
  private firstByteMs = 0
  private readonly takeDial: () => Dial | undefined
  settled = false

  /** `takeDial` answers, once, the connection that was opened since it was asked last. */
  constructor(deadlineMs: number, takeDial: () => Dial | undefined, resolve: (result: HttpResult) => void) {
    this.takeDial = takeDial
    this.resolve = resolve
    this.deadlineMs = deadlineMs
    // Node keeps timers of one duration in one list: as cheap as a wheel of our own (docs/decisions/0011-outbound-calls.md).
    this.timer = setTimeout(onDeadline, deadlineMs, this)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    this.dial = this.takeDial()
    this.startedAt = performance.now()
    // Its deadline passed while it waited for a connection: nothing is written.
    if (this.settled) controller.abort(dropped)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (statusCode < 200) return
    this.statusCode = statusCode
    this.firstByteMs = Math.round(performance.now() - this.startedAt)
    const retryAfter = headers['retry-after']
    if (retryAfter !== undefined) this.retryAfterSeconds = parseRetryAfter(retryAfter, Date.now())
    if (statusCode >= 300) this.excerpt = []
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.excerpt !== undefined && this.bodyBytes < excerptBytes)
      this.excerpt.push(Buffer.from(chunk.subarray(0, excerptBytes - this.bodyBytes)))
    this.bodyBytes += chunk.length
    if (this.bodyBytes > maxBodyBytes) {
      this.judge()
      controller.abort(dropped)
    }
  }

  onResponseEnd(): void {
    this.judge()
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    // The status was said before the connection broke: it stands.
    if (this.statusCode !== 0) this.judge()
    else this.fail(error)
  }

  /** Ends a call that could not be handed to undici, or that undici gave back. */
  fail(error: unknown): void {
    if (!this.settled) this.settle(readError(error, this.controller !== undefined))
  }

  private judge(): void {
    if (this.settled) return
    this.settle({
      kind: 'response',
      ...(this.dial && { dial: this.dial }),
      statusCode: this.statusCode,
      firstByteMs: this.firstByteMs,
      retryAfterSeconds: this.retryAfterSeconds,
      bodyExcerpt: this.excerpt === undefined ? '' : excerptOf(this.excerpt, excerptBytes),
    })
  }

  private settle(result: HttpResult): void {
    this.settled = true
    clearTimeout(this.timer)
    this.resolve(result)
  }

  expire(): void {
    if (this.settled) return
    if (this.statusCode !== 0) this.judge()
    else {
      this.settle({
        kind: 'error',
        code: 'timeout',
        systemCode: null,
        message: `no answer within ${this.deadlineMs / 1000} s`,
        bytesMayHaveLeft: this.controller !== undefined,
      })
    }
    this.controller?.abort(dropped)
  }
}

function onDeadline(call: HttpCall): void {
  call.expire()
}
