// Calls of the API as a client makes them: JSON in and out, one key. Answers are of the type that the test says they are.
export interface ApiAnswer<T = any> {
  status: number
  headers: Headers
  /** undefined when there was none. */
  body: T
}

/** `path` is relative to /api/v1. `key` replaces the client's own. */
export type ApiCall = <T = any>(method: string, path: string, body?: unknown, key?: string) => Promise<ApiAnswer<T>>

export function createApiClient(url: string, apiKey: string) {
  const call: ApiCall = async (method, path, body, key = apiKey) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
  }
  return {
    call,
    get: <T>(path: string, key?: string) => call<T>('GET', path, undefined, key),
    post: <T>(path: string, body?: unknown, key?: string) => call<T>('POST', path, body, key),
    put: <T>(path: string, body?: unknown, key?: string) => call<T>('PUT', path, body, key),
    patch: <T>(path: string, body?: unknown, key?: string) => call<T>('PATCH', path, body, key),
    delete: <T>(path: string, body?: unknown, key?: string) => call<T>('DELETE', path, body, key),
  }
}

export type ApiClient = ReturnType<typeof createApiClient>
