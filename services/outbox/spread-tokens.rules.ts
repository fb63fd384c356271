// A queue that has a rate hands over a few rows at a time: lanes take turns, so that none waits for another one's backlog.

/**
 * Gives `tokens` rows (whole ones) to lanes, evenly and never more than a lane has asked for. Where there are more lanes than
 * rows, `turn` says who begins: another one each time.
 */
export function spreadTokens<Lane extends { room: number }>(lanes: readonly Lane[], tokens: number, turn: number): Lane[] {
  let left = Math.floor(tokens)
  if (left <= 0 || lanes.length === 0) return []
  const start = turn % lanes.length
  const inTurn = [...lanes.slice(start), ...lanes.slice(0, start)]
  const given = new Map<Lane, number>()
  let hungry = inTurn
  while (left > 0 && hungry.length > 0) {
    const each = Math.max(1, Math.floor(left / hungry.length))
    for (const lane of hungry) {
      const had = given.get(lane) ?? 0
      const more = Math.min(each, lane.room - had, left)
      given.set(lane, had + more)
      left -= more
    }
    hungry = hungry.filter((lane) => (given.get(lane) ?? 0) < lane.room)
  }
  return inTurn.flatMap((lane) => {
    const room = given.get(lane) ?? 0
    return room > 0 ? [{ ...lane, room }] : []
  })
}
