/** One Ctrl-C arrives up to three times: from the terminal, passed on by npm, passed on by the bootstrap. */
const sameKeystrokeMs = 1_000
const watchParentMs = 500

export interface StopRequest {
  /** Why a stop was asked for; undefined until then. */
  readonly requested: Error | string | undefined
  /** Resolves with the first request. */
  promise: Promise<void>
  /** Asks for a stop from inside. */
  request(reason: Error): void
}

/** Listens for what ends the launcher: signals, and the death of whoever started it. */
export function onStopRequest(handlers: { first: (reason: string) => void; again: () => void }): StopRequest {
  let requested: Error | string | undefined
  let requestedMs = 0
  let resolve: () => void
  const promise = new Promise<void>((done) => (resolve = done))
  const ask = (reason: Error | string) => {
    if (requested !== undefined) {
      if (Date.now() - requestedMs > sameKeystrokeMs) handlers.again()
      return
    }
    requested = reason
    requestedMs = Date.now()
    if (typeof reason === 'string') handlers.first(reason)
    resolve()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ask(signal === 'SIGINT' ? 'Ctrl-C' : signal))

  // Killed hard, the bootstrap cannot pass anything on any more; without it nobody could end us from the terminal.
  if (process.env.npm_lifecycle_event) {
    const parent = process.ppid
    const watch = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(watch)
      ask('The process that started this one is gone')
    }, watchParentMs)
    watch.unref()
  }
  return {
    get requested() {
      return requested
    },
    promise,
    request: ask,
  }
}
