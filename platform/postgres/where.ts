// The conditions of a list: each filter that is given adds one, its values stay parameters.

export interface Where {
  /** Adds a condition whose `?` stand for `values`; left out when the first value is undefined. */
  and(condition: string, ...values: unknown[]): Where
  /** The conditions joined by AND; '' when there are none. */
  readonly sql: string
  /** In the order of their numbers. */
  readonly values: unknown[]
  /** The number that the next parameter will have. */
  readonly next: number
}

/** `firstParameter` is the number of the first `?`: 3 when $1 and $2 are the caller's own. */
export function where(firstParameter = 1): Where {
  const conditions: string[] = []
  const values: unknown[] = []
  const builder: Where = {
    and(condition, ...given) {
      if (given.length > 0 && given[0] === undefined) return builder
      let used = 0
      conditions.push(condition.replaceAll('?', () => `$${firstParameter + values.length + used++}`))
      if (used !== given.length) throw new Error(`${used} places for ${given.length} values: ${condition}`)
      values.push(...given)
      return builder
    },
    get sql() {
      return conditions.join(' AND ')
    },
    values,
    get next() {
      return firstParameter + values.length
    },
  }
  return builder
}

/** Turns what a person typed into an ILIKE pattern that finds it anywhere. */
export function containsPattern(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`
}
