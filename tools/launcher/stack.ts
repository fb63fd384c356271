// Brings the stack up in order and takes it down in the opposite one. Whatever was started is registered here first.
import type { KeptServer } from './keep-server.ts'
import type { Program } from './supervise.ts'

export interface Stack {
  apis: Program[]
  workers: Program[]
  /** The demo and other guests: they go first. */
  guests: Program[]
  catcher: Program | undefined
  redis: KeptServer | undefined
  postgres: KeptServer | undefined
  /** MinIO, Weaviate and the embedder, by name. */
  full: Map<string, KeptServer>
  /** Closed after the workers, before the servers. */
  closers: (() => Promise<void>)[]
}

export function createStack(): Stack {
  return { apis: [], workers: [], guests: [], catcher: undefined, redis: undefined, postgres: undefined, full: new Map(), closers: [] }
}

const guestGraceMs = 2_000
// A little more than what they give themselves: 20 s (server/entry.ts) and 25 s (workers/main.ts).
const apiGraceMs = 22_000
const workerGraceMs = 27_000
const catcherGraceMs = 3_000

/**
 * The API first, so that nothing new is accepted; then the workers, which finish what they hold and still need the catcher,
 * Redis, Postgres and what `--full` added for that; then those.
 */
export async function stopStack(stack: Stack, say: (line: string) => void): Promise<void> {
  await Promise.all(stack.guests.map((program) => program.stop(guestGraceMs)))
  if (stack.apis.length > 0) say('Stopping the API ...')
  await Promise.all(stack.apis.map((program) => program.stop(apiGraceMs)))
  if (stack.workers.length > 0) say('Stopping the workers ...')
  await Promise.all(stack.workers.map((program) => program.stop(workerGraceMs)))
  await stack.catcher?.stop(catcherGraceMs)
  for (const close of stack.closers) await close().catch((error: Error) => say(error.message))
  const servers = [...stack.full.keys(), ...(stack.redis ? ['Redis'] : []), ...(stack.postgres ? ['Postgres'] : [])]
  if (servers.length > 0) say(`Stopping ${servers.join(', ').replace(/, ([^,]+)$/, ' and $1')} ...`)
  await Promise.all([...stack.full.values()].map((server) => server.stop()))
  await stack.redis?.stop()
  await stack.postgres?.stop()
}

/** For a person who does not want to wait: nothing that was accepted is lost by it. */
export function killStack(stack: Stack): void {
  for (const program of [...stack.guests, ...stack.apis, ...stack.workers, ...(stack.catcher ? [stack.catcher] : [])]) program.kill()
  for (const server of stack.full.values()) server.kill()
  stack.redis?.kill()
  stack.postgres?.kill()
}
