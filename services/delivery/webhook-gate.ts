// The bulkhead: how many calls one endpoint may have on their way from this process. It opens with success and closes
// with timeouts and broken connections (additive increase, multiplicative decrease, as TCP does), so that a receiver that
// hangs holds a few slots and not the process.
export interface WebhookGate {
  /** A slot now, or false. */
  tryEnter(endpointId: string): boolean
  /** A slot now or within `waitMs` while the endpoint is healthy; false = come back later. */
  enter(endpointId: string, waitMs: number): Promise<boolean>
  leave(endpointId: string, how: 'ok' | 'slow' | 'broken'): void
  readonly inFlight: number
}

interface Lane {
  inFlight: number
  limit: number
  waiting: { resolve: (entered: boolean) => void; timer: NodeJS.Timeout }[]
}

export function createWebhookGate(options: { perEndpoint?: number; total?: number } = {}): WebhookGate {
  const ceiling = options.perEndpoint ?? 256
  const total = options.total ?? 1_024
  const lanes = new Map<string, Lane>()
  let inFlight = 0

  function laneOf(id: string): Lane {
    let lane = lanes.get(id)
    if (!lane) {
      lane = { inFlight: 0, limit: ceiling, waiting: [] }
      lanes.set(id, lane)
    }
    return lane
  }

  function tryEnter(id: string): boolean {
    const lane = laneOf(id)
    if (lane.inFlight >= lane.limit || inFlight >= total) return false
    lane.inFlight++
    inFlight++
    return true
  }

  return {
    tryEnter,
    enter(id, waitMs) {
      if (tryEnter(id)) return Promise.resolve(true)
      const lane = laneOf(id)
      if (lane.limit < ceiling / 8) return Promise.resolve(false)
      return new Promise((resolve) => {
        const entry = {
          resolve,
          timer: setTimeout(() => {
            lane.waiting.splice(lane.waiting.indexOf(entry), 1)
            resolve(false)
          }, waitMs),
        }
        lane.waiting.push(entry)
      })
    },
    leave(id, how) {
      const lane = laneOf(id)
      lane.inFlight--
      inFlight--
      if (how === 'ok') lane.limit = Math.min(ceiling, lane.limit < 16 ? lane.limit * 2 : lane.limit + 1)
      else if (how === 'broken') lane.limit = Math.max(2, lane.limit >> 1)
      while (lane.waiting.length > 0 && lane.inFlight < lane.limit && inFlight < total) {
        const next = lane.waiting.shift()!
        clearTimeout(next.timer)
        lane.inFlight++
        inFlight++
        next.resolve(true)
      }
      // An endpoint that is idle and healthy needs no memory of its own.
      if (lane.inFlight === 0 && lane.waiting.length === 0 && lane.limit === ceiling) lanes.delete(id)
    },
    get inFlight() {
      return inFlight
    },
  }
}
