// Libraries that write to the console: their lines are lines of the log, so that whoever reads it can read all of it.
import type { Log } from './log.ts'

const longest = 500

/**
 * From now on `console.warn` and `console.error` of this process go to its log: texts, and the names and messages of errors. Other things
 * that were given are left out, since nobody knows what content they hold.
 */
export function captureConsole(log: Pick<Log, 'warn' | 'error'>): void {
  console.warn = (...given: unknown[]) => log.warn({ said: wordsOf(given) }, 'a library warns')
  console.error = (...given: unknown[]) => log.error({ said: wordsOf(given) }, 'a library reports an error')
}

function wordsOf(given: readonly unknown[]): string {
  return given
    .flatMap((each) => (each instanceof Error ? [`${each.name}: ${each.message}`] : typeof each === 'string' ? [each] : []))
    .join(' ')
    .slice(0, longest)
}
