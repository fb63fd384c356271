/** A line of the launcher's own, for the person at the terminal. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
