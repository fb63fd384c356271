// Logs carry ids, never content: an allowlist by habit, and pino's redaction for what may slip in.
import pino, { type Logger } from 'pino'

export type Log = Logger

/** The process' logger: one JSON line each on standard output. */
export function createLog(options: { level: string; name: string }): Log {
  return pino({
    level: options.level,
    base: { process: options.name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'data',
        '*.data',
        'recipients',
        '*.recipients',
        'authorization',
        '*.authorization',
        'headers',
        '*.headers',
        'password',
        '*.password',
        'secret',
        '*.secret',
      ],
      censor: '[removed]',
    },
  })
}
