// When a place that is not well becomes an incident, and when it is over. Pure: what is to be written is returned.
import type { NodeStateName } from '#shared/contracts/live.ts'

/** What lasts shorter is noise; a pause is somebody's will and counts at once. */
export const confirmAfterMs = 2_000
/** Well for so long, it is over: what flickers is one incident. */
export const overAfterMs = 5_000

export interface Seen {
  state: NodeStateName
  reason: string
}

export interface OpenIncident {
  id: string
  nodeId: string
  state: NodeStateName
  reason: string
  beganAtMs: number
  /** Since when its node is well again. */
  wellSinceMs: number | null
}

export interface IncidentState {
  /** By node. */
  open: Map<string, OpenIncident>
  /** Not well since, not an incident yet. */
  pending: Map<string, number>
}

export interface IncidentChanges {
  opened: OpenIncident[]
  closed: { id: string; nodeId: string; endedAtMs: number }[]
}

const isBad = (state: NodeStateName): boolean => state === 'warn' || state === 'fail' || state === 'paused'

/** Takes one look into account; changes `state` and says what changed. */
export function trackIncidents(state: IncidentState, seen: ReadonlyMap<string, Seen>, atMs: number, newId: () => string): IncidentChanges {
  const changes: IncidentChanges = { opened: [], closed: [] }
  const close = (incident: OpenIncident, endedAtMs: number): void => {
    state.open.delete(incident.nodeId)
    changes.closed.push({ id: incident.id, nodeId: incident.nodeId, endedAtMs })
  }
  const open = (nodeId: string, now: Seen, beganAtMs: number): void => {
    const incident: OpenIncident = { id: newId(), nodeId, state: now.state, reason: now.reason, beganAtMs, wellSinceMs: null }
    state.pending.delete(nodeId)
    state.open.set(nodeId, incident)
    changes.opened.push(incident)
  }
  for (const [nodeId, now] of seen) {
    const known = state.open.get(nodeId)
    if (!isBad(now.state)) continue
    if (known?.state === now.state) known.wellSinceMs = null
    else if (known) {
      close(known, atMs)
      open(nodeId, now, atMs)
    } else {
      const since = state.pending.get(nodeId) ?? atMs
      state.pending.set(nodeId, since)
      if (now.state === 'paused' || atMs - since >= confirmAfterMs) open(nodeId, now, since)
    }
  }
  for (const nodeId of state.pending.keys()) if (!isBad(seen.get(nodeId)?.state ?? 'ok')) state.pending.delete(nodeId)
  for (const incident of [...state.open.values()]) {
    if (isBad(seen.get(incident.nodeId)?.state ?? 'ok')) continue
    incident.wellSinceMs ??= atMs
    if (atMs - incident.wellSinceMs >= overAfterMs) close(incident, incident.wellSinceMs)
  }
  return changes
}
