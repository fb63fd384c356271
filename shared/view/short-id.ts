/** 'evt_0192f3a07b3e7c1d8a4f5e6d7c8b9f27' -> 'evt_…8b9f27': ids of one minute begin alike, so their ends tell them apart. */
export function shortId(id: string): string {
  const match = /^([a-z]+_)[0-9a-f]{26}([0-9a-f]{6})$/.exec(id)
  if (match) return `${match[1]}…${match[2]}`
  return id.length > 40 ? `${id.slice(0, 18)}…${id.slice(-10)}` : id
}
