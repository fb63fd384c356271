// The bulkhead: how many calls one endpoint may have on their way from this process. It opens with success and closes
// with timeouts and broken connections (additive increase, multiplicative decrease, as TCP does), so that a receiver that
// hangs holds a few slots and not the process.
export interface WebhookGate {
  /** A slot now, or false. */
  tryEnter(endpointId: string): boolean
  /** A slot now or within `waitMs` while the endpoint is healthy; false = come back later. */
  enter(endpointId: string, waitMs: number): Promise<boolean>
  leave(endpointId: string, how: 'ok' | 'slow' | 'broken'): void
  /** Calls of all endpoints together; what is on its way stays on its way. */
  setTotal(total: number): void
  readonly inFlight: number
  /** Endpoints with calls on their way or a bound that is narrowed, the fullest first. */
  bulkheads(count: number): Bulkhead[]
}

export interface Bulkhead {
  /** UUID. */
  endpointId: string
  inUse: number
  limit: number
}

interface Lane {
  inFlight: number
  limit: number
  waiting: { resolve: (entered: boolean) => void; timer: NodeJS.Timeout }[]
}

export function createWebhookGate(options: { perEndpoint?: number; total?: number } = {}): WebhookGate {
  const ceiling = options.perEndpoint ?? 256
  let total = options.total ?? 1_024
  const lanes = new Map<string, Lane>()
  /** Lanes with somebody waiting: where all calls together are the bound, whoever leaves makes room for any of them. */
  const queued = new Set<Lane>()
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

  /** Lets in who waits, one of each lane in turn. */
  function letIn(): void {
    for (let entered = true; entered && inFlight < total;) {
      entered = false
      for (const lane of [...queued]) {
        if (inFlight >= total) return
        if (lane.inFlight >= lane.limit) continue
        const next = lane.waiting.shift()
        if (next) {
          clearTimeout(next.timer)
          lane.inFlight++
          inFlight++
          entered = true
          next.resolve(true)
        }
        // Behind the others for the next round.
        queued.delete(lane)
        if (lane.waiting.length > 0) queued.add(lane)
      }
    }
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
            if (lane.waiting.length === 0) queued.delete(lane)
            resolve(false)
          }, waitMs),
        }
        lane.waiting.push(entry)
        queued.add(lane)
      })
    },
    leave(id, how) {
      const lane = laneOf(id)
      lane.inFlight--
      inFlight--
      if (how === 'ok') lane.limit = Math.min(ceiling, lane.limit < 16 ? lane.limit * 2 : lane.limit + 1)
      else if (how === 'broken') lane.limit = Math.max(2, lane.limit >> 1)
      if (queued.size > 0) letIn()
      // An endpoint that is idle and healthy needs no memory of its own.
      if (lane.inFlight === 0 && lane.waiting.length === 0 && lane.limit === ceiling) lanes.delete(id)
    },
    setTotal(next) {
      total = next
      if (queued.size > 0) letIn()
    },
    bulkheads(count) {
      return [...lanes]
        .filter(([, lane]) => lane.inFlight > 0 || lane.limit < ceiling)
        .map(([endpointId, lane]) => ({ endpointId, inUse: lane.inFlight, limit: lane.limit }))
        .sort((a, b) => b.inUse - a.inUse || a.limit - b.limit)
        .slice(0, count)
    },
    get inFlight() {
      return inFlight
    },
  }
}
