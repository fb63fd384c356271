// Calls of the API under test whose answers are typed by the contract that they are held against.
export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}

export function createApiClient(url: string, apiKey: string) {
  async function call<T>(method: string, path: string, body?: unknown, key = apiKey): Promise<Answer<T>> {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: (text === '' ? undefined : JSON.parse(text)) as T }
  }
  return {
    get: <T>(path: string, key?: string) => call<T>('GET', path, undefined, key),
    post: <T>(path: string, body?: unknown, key?: string) => call<T>('POST', path, body, key),
    put: <T>(path: string, body?: unknown, key?: string) => call<T>('PUT', path, body, key),
    patch: <T>(path: string, body?: unknown, key?: string) => call<T>('PATCH', path, body, key),
    delete: <T>(path: string, body?: unknown, key?: string) => call<T>('DELETE', path, body, key),
  }
}

export type ApiClient = ReturnType<typeof createApiClient>
