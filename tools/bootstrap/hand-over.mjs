import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { root } from './folders.mjs'
import { Stop } from './progress.mjs'

/**
 * Runs Node with the given arguments in our place: same terminal, signals passed on, same exit code.
 * When npm started us and is killed hard, nobody could stop the child any more; then it is asked to stop.
 */
export function handOver(node, args) {
  const child = spawn(node, args, { cwd: root, env: process.env, stdio: 'inherit' })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const pass = (signal) => {
    // A terminal's Ctrl-C reached the child already; a second one would mean "at once" to it.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    child.kill(signal)
  }
  for (const signal of signals) process.on(signal, pass)
  const parent = process.ppid
  const watch = process.env.npm_lifecycle_event ? setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 200) : undefined
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Stop(`${node} could not be run: ${error.message}`)))
    child.on('exit', (code, signal) => {
      clearInterval(watch)
      for (const name of signals) process.off(name, pass)
      resolve(code ?? 128 + (constants.signals[signal] ?? 0))
    })
  })
}
