// Calls of the API as a client makes them: JSON in and out, one key.
export interface ApiAnswer {
  status: number
  headers: Headers
  /** undefined when there was none. */
  body: any
}

export type ApiCall = (method: string, path: string, body?: unknown, key?: string) => Promise<ApiAnswer>

/** `path` is relative to /api/v1. `key` replaces the client's own. */
export function apiClient(url: string, apiKey: string): ApiCall {
  return async (method, path, body, key = apiKey) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
  }
}
