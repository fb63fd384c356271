// The embedding service (embedder/): texts in, vectors out. It may be away or slow at any time: nobody waits for it longer than said
// here, and after a few failures in a row nobody asks for a while.

export interface Embedder {
  /** One vector for each text, in their order. Rejects with EmbedderUnavailable. */
  embed(texts: readonly string[], options?: { timeoutMs?: number }): Promise<number[][]>
}

/** The service does not answer, or answers nonsense. */
export class EmbedderUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`The embedding service does not answer: ${message}`, options)
    this.name = 'EmbedderUnavailable'
  }
}

/** Texts of one request: small enough that a search can get in between. */
const batch = 16
/** The model reads about 256 words; the rest would be sent in vain. */
const longestText = 2_000
const defaultTimeoutMs = 20_000
/** After this many failures in a row nobody asks for `openMs`. */
const failuresToOpen = 3
const openMs = 5_000
/** The service is full: asked again after what it says, this many times. */
const mostRetries = 3
const longestRetryMs = 2_000

export function createEmbedder(options: { url: string; now?: () => number }): Embedder {
  const { now = () => performance.now() } = options
  const address = new URL('vectors/batch', options.url.endsWith('/') ? options.url : `${options.url}/`)
  let failures = 0
  let openUntil = 0

  async function ask(texts: readonly string[], signal: AbortSignal): Promise<number[][]> {
    for (let tries = 0; ; tries++) {
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ texts }),
        signal,
      })
      if ((response.status === 503 || response.status === 429) && tries < mostRetries) {
        await response.body?.cancel()
        const seconds = Number(response.headers.get('retry-after') ?? 1)
        await new Promise((resolve) => setTimeout(resolve, Math.min(longestRetryMs, 100 + seconds * 1_000 * Math.random())))
        continue
      }
      if (!response.ok) throw new Error(`it answered ${response.status}: ${(await response.text()).slice(0, 200)}`)
      return vectorsOf(await response.json(), texts.length)
    }
  }

  return {
    async embed(texts, { timeoutMs = defaultTimeoutMs } = {}) {
      if (now() < openUntil) throw new EmbedderUnavailable('it failed a moment ago and is left alone')
      const vectors: number[][] = []
      try {
        for (let i = 0; i < texts.length; i += batch) {
          const some = texts.slice(i, i + batch).map((text) => text.slice(0, longestText).toWellFormed())
          vectors.push(...(await ask(some, AbortSignal.timeout(timeoutMs))))
        }
      } catch (error) {
        if (++failures >= failuresToOpen) {
          failures = 0
          openUntil = now() + openMs
        }
        throw new EmbedderUnavailable(error instanceof Error ? error.message : String(error), { cause: error })
      }
      failures = 0
      return vectors
    },
  }
}

function vectorsOf(body: unknown, count: number): number[][] {
  const vectors = (body as { vectors?: unknown } | null)?.vectors
  const good =
    Array.isArray(vectors) &&
    vectors.length === count &&
    vectors.every((vector) => Array.isArray(vector) && vector.length > 0 && vector.every((part) => Number.isFinite(part)))
  if (!good) throw new Error(`its answer is not ${count} vectors`)
  return vectors as number[][]
}
