// Operators of a test: made in the database, signed in over HTTP, calling as a browser does.
import { hashPassword } from '#platform/sealing/password-hash.ts'
import type { Pool } from '#platform/postgres/index.ts'
import type { OperatorRole } from '#shared/roles.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import type { ApiAnswer } from './api-client.ts'

export interface TestOperator {
  id: string
  email: string
  password: string
}

const password = 'a password of the tests'
let hashed: Promise<string> | undefined

/** `roles`: workspace id (UUID) -> role. */
export async function addOperator(
  pool: Pool,
  options: { roles?: Record<string, OperatorRole>; instance?: boolean; name?: string } = {},
): Promise<TestOperator> {
  const id = newUuid()
  const email = `o-${id.slice(-12)}@example.com`
  hashed ??= hashPassword(password)
  await pool.query('INSERT INTO operator (id, email, name, password_hash, instance) VALUES ($1, $2, $3, $4, $5)', [
    id,
    email,
    options.name ?? 'Otto',
    await hashed,
    options.instance ?? false,
  ])
  for (const [workspaceId, role] of Object.entries(options.roles ?? {}))
    await pool.query('INSERT INTO membership (workspace_id, operator_id, role) VALUES ($1, $2, $3)', [workspaceId, id, role])
  return { id: publicId('operator', id), email, password }
}

export interface Browser {
  /** `name=value` of the session; '' before signing in. */
  cookie: string
  call<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer<T>>
  signIn(operator: Pick<TestOperator, 'email' | 'password'>): Promise<ApiAnswer<any>>
}

/** Sends what a page of the console sends: the cookie, and where the request comes from. `headers` replace those. */
export function openBrowser(url: string, fixed: Record<string, string> = {}): Browser {
  const browser: Browser = {
    cookie: '',
    async call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          ...(browser.cookie ? { cookie: browser.cookie } : {}),
          'sec-fetch-site': 'same-origin',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...fixed,
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const set = response.headers.getSetCookie()[0]?.split(';')[0]
      if (set !== undefined) browser.cookie = set.endsWith('=') ? '' : set
      const text = await response.text()
      return { status: response.status, headers: response.headers, body: (text === '' ? undefined : JSON.parse(text)) as T }
    },
    signIn: ({ email, password }) => browser.call('POST', '/session', { email, password }),
  }
  return browser
}
