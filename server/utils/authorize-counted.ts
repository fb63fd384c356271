// `authorize`, with what it found written down where the map shows it.
import { Fault } from '#shared/fault.ts'
import type { App } from './app.ts'
import { authorize, type Caller } from './authorize.ts'

/** `authorize`, counted: a limit that is used up is the limits' refusal, anything else is the credential's. */
export async function authorizeCounted(
  app: App,
  ...rest: Parameters<typeof authorize> extends [App, ...infer R] ? R : never
): Promise<Caller | null> {
  const { auth, limits } = app.places
  const startedAt = performance.now()
  try {
    const caller = await authorize(app, ...rest)
    auth.pass(performance.now() - startedAt)
    limits.add(1)
    return caller
  } catch (error) {
    if (error instanceof Fault && error.code === 'rate-limited') {
      auth.pass(performance.now() - startedAt)
      limits.add(1, 1)
    } else auth.fail(performance.now() - startedAt)
    throw error
  }
}
