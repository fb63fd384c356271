/** Microseconds of the machine's monotonic clock: the same in every process, never set back. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}
