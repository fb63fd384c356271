// Real GitHub webhooks (npm package @octokit/webhooks-examples) as Signalbox events: the type is the webhook's name and action, the
// subject its repository, recipients are the person who did it and everybody who watches the repository.
import { createRequire } from 'node:module'

export interface GithubEvent {
  type: string
  source: 'github'
  subject: string
  recipients: ({ id: string; email: string } | { topic: string })[]
  data: Record<string, unknown>
}

export interface Repository {
  topic: string
  name: string
  /** Logins of the people that its webhooks mention. */
  watchers: string[]
}

type Json = Record<string, any>

/** What its README calls the examples: name of the webhook, and payloads as they were sent. */
const webhooks = createRequire(import.meta.url)('@octokit/webhooks-examples') as { name: string; examples: Json[] }[]

const watchersPerRepository = 5

export const emailOf = (login: string): string => `${login.toLowerCase().replaceAll(/[^a-z0-9-]/g, '')}@example.com`

/** "Codertocat/Hello-World" -> "codertocat-hello-world-watchers" */
const topicOf = (repository: string): string => `${repository.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, '-')}-watchers`

/** Every payload of the package, in its order, and the repositories they come from. */
export function githubEvents(): { events: GithubEvent[]; repositories: Repository[] } {
  const repositories = new Map<string, Set<string>>()
  const events = webhooks.flatMap(({ name, examples }) =>
    examples.map((payload): GithubEvent => {
      const repository = payload.repository?.full_name as string | undefined
      const author = (payload.sender?.login ?? 'github') as string
      const subject = repository ?? ((payload.organization?.login ?? payload.installation?.account?.login ?? 'github') as string)
      if (repository !== undefined) {
        const people = repositories.get(repository) ?? new Set<string>()
        for (const login of loginsIn(payload)) if (login !== author && people.size < watchersPerRepository) people.add(login)
        repositories.set(repository, people)
      }
      return {
        type: typeof payload.action === 'string' ? `${name}.${payload.action}` : name,
        source: 'github',
        subject,
        recipients: [{ id: author, email: emailOf(author) }, ...(repository === undefined ? [] : [{ topic: topicOf(repository) }])],
        data: { ...summaryOf(payload), ...payload },
      }
    }),
  )
  return {
    events,
    repositories: [...repositories].map(([name, people]) => ({ topic: topicOf(name), name: `Watchers of ${name}`, watchers: [...people] })),
  }
}

/** What templates want to say, wherever the payload keeps it. */
function summaryOf(payload: Json): Record<string, unknown> {
  const thing = (payload.pull_request ??
    payload.issue ??
    payload.release ??
    payload.discussion ??
    payload.workflow_run ??
    payload.check_run ??
    payload.alert ??
    {}) as Json
  return {
    title: thing.title ?? thing.name ?? thing.display_title ?? payload.repository?.full_name ?? 'Something happened',
    url: thing.html_url ?? payload.compare ?? payload.repository?.html_url ?? null,
    author: payload.sender?.login ?? null,
  }
}

function loginsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(loginsIn)
  if (value === null || typeof value !== 'object') return []
  const { login } = value as { login?: unknown }
  return [...(typeof login === 'string' ? [login] : []), ...Object.values(value).flatMap(loginsIn)]
}
