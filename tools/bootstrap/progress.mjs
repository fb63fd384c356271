// Start-up is never silent: every step says what it does, repeats itself while it runs, and shows its output when it fails.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, scratch } from './folders.mjs'

const heartbeatMs = 3_000

/** A failure whose message is all that a person needs. */
export class Stop extends Error {}

/** Progress goes to standard error, so that `npm run something` can be piped. */
export function say(line) {
  process.stderr.write(`${line}\n`)
}

/** A file's place in seconds with one decimal, for progress lines. */
export function secondsSince(startedMs) {
  return `${((Date.now() - startedMs) / 1000).toFixed(0)} s`
}

/** The part of a long output that says why: from the first error on, or its end. */
function whatFailed(output) {
  const lines = output.trimEnd().split('\n')
  const first = lines.findIndex((line) => /\berror\b/i.test(line))
  return (first < 0 ? lines.slice(-30) : lines.slice(first, first + 30)).join('\n')
}

/**
 * Runs a command with its output kept in a log, a line every few seconds while it runs, and the log's end when it fails.
 * `progress` may add what is known about how far it is.
 */
export async function runStep({ title, command, args, env = process.env, log, progress = () => '' }) {
  const startedMs = Date.now()
  say(`${title} ...`)
  const chunks = []
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  child.stderr.on('data', (chunk) => chunks.push(chunk))
  const heartbeat = setInterval(() => {
    const detail = progress()
    say(`  ... ${secondsSince(startedMs)}${detail ? `, ${detail}` : ''}`)
  }, heartbeatMs)
  // The child dies with the terminal's Ctrl-C by itself; a signal sent to us alone has to be passed on.
  const pass = (signal) => child.kill(signal)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, pass)
  try {
    const result = await new Promise((resolve) => {
      child.on('error', (error) => resolve({ error }))
      child.on('close', (code, signal) => resolve({ code, signal }))
    })
    const output = Buffer.concat(chunks).toString('utf8')
    mkdirSync(scratch, { recursive: true })
    const logPath = join(scratch, log)
    writeFileSync(logPath, output)
    if (result.error) throw new Stop(`${title}: ${command} could not be run: ${result.error.message}`)
    if (result.signal) throw new Stop(`${title}: stopped by ${result.signal}.`)
    if (result.code !== 0) {
      throw new Stop(`${whatFailed(output)}\n\n${title}: failed with exit code ${result.code}. The whole output is in ${logPath}`)
    }
    say(`  done after ${secondsSince(startedMs)}`)
  } finally {
    clearInterval(heartbeat)
    for (const signal of signals) process.off(signal, pass)
  }
}
