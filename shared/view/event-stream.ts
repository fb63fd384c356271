// Server-sent events as text -> messages (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).
// Our own, because a browser's EventSource can send no header, and the workspace is one.

export interface StreamMessage {
  event: string
  data: string
  /** The last id that the stream named, also by an earlier message. */
  id: string | null
}

/** Feed it pieces of text as they come; it calls back for each whole message. */
export function createStreamParser(onMessage: (message: StreamMessage) => void, onRetry?: (ms: number) => void) {
  let rest = ''
  let data: string[] = []
  let event = ''
  let id: string | null = null

  function line(text: string): void {
    if (text === '') {
      if (data.length > 0) onMessage({ event: event || 'message', data: data.join('\n'), id })
      data = []
      event = ''
      return
    }
    if (text.startsWith(':')) return
    const colon = text.indexOf(':')
    const field = colon < 0 ? text : text.slice(0, colon)
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry?.(Number(value))
  }

  return {
    push(text: string): void {
      rest += text
      // A lone CR at the end may be half of a CRLF.
      const whole = /\r\n|\n|\r(?!$)/g
      let from = 0
      for (let match = whole.exec(rest); match; match = whole.exec(rest)) {
        line(rest.slice(from, match.index))
        from = match.index + match[0].length
      }
      rest = rest.slice(from)
    },
  }
}

/** How long to wait before the next try: doubles up to half a minute, and spreads so that tabs do not come back together. */
export function reconnectDelayMs(tries: number, random: number): number {
  return Math.round(Math.min(30_000, 500 * 2 ** Math.min(tries, 10)) * (0.5 + random / 2))
}
