// Children write straight into their log files: a pipe would die with a killed launcher, and block them while it is busy.
// What a person should see of it is read back from the file.
import { closeSync, copyFileSync, fstatSync, openSync, readSync, truncateSync, existsSync, statSync } from 'node:fs'
import { readableLine } from './readable-line.ts'

const everyMs = 200
const mostLinesPerTurn = 10
const largestLogBytes = 20 * 1024 * 1024

export interface FollowedLog {
  /** Reads what is there now and stops. */
  close(): void
}

/** Prints what is worth a look of the lines that are appended to this file from now on, and keeps the file from growing for ever. */
export function followLog(options: { path: string; name: string; say: (line: string) => void }): FollowedLog {
  const { path, name, say } = options
  let offset = existsSync(path) ? statSync(path).size : 0
  let rest = ''
  const read = () => {
    if (!existsSync(path)) return
    const file = openSync(path, 'r')
    try {
      const { size } = fstatSync(file)
      if (size < offset) offset = 0
      const buffer = Buffer.alloc(Math.min(size - offset, 1_048_576))
      offset += readSync(file, buffer, 0, buffer.length, offset)
      const lines = (rest + buffer.toString('utf8')).split('\n')
      rest = lines.pop() ?? ''
      const shown = lines.flatMap((line) => readableLine(name, line) ?? [])
      for (const line of shown.slice(0, mostLinesPerTurn)) say(line)
      if (shown.length > mostLinesPerTurn) say(`${name}: ${shown.length - mostLinesPerTurn} more lines in ${path}`)
    } finally {
      closeSync(file)
    }
    if (offset > largestLogBytes) rotate()
  }
  const rotate = () => {
    // Copied and emptied, not renamed: the writer appends to the open file, whatever its name.
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
    offset = 0
  }
  const timer = setInterval(read, everyMs)
  timer.unref()
  return {
    close() {
      clearInterval(timer)
      read()
    },
  }
}
