// Limits and generators run in processes of their own: what measures must not share a thread with what is measured.
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

const children = new Set<ChildProcess>()

export interface Child<Message> {
  /** The next thing it says; rejects when it ends without a word. */
  next(): Promise<Message>
  /** Resolves when it has ended. */
  ended: Promise<void>
  stop(): void
}

/** Starts a file of bench/limits. */
export function runLimit<Message>(file: string, args: string[] = []): Child<Message> {
  const child = fork(join(import.meta.dirname, 'limits', file), args)
  children.add(child)
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      children.delete(child)
      resolve()
    }),
  )
  return {
    ended,
    next: () =>
      new Promise((resolve, reject) => {
        child.once('message', (message) => resolve(message as Message))
        void ended.then(() => reject(new Error(`bench/limits/${file} ended before it answered`)))
      }),
    stop: () => {
      if (child.connected) child.disconnect()
    },
  }
}

/** For an end in the middle of a run. */
export function stopChildren(): void {
  for (const child of children) child.kill()
}
