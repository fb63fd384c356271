// Real GitHub webhooks (npm: @octokit/webhooks-examples) as events: what the demo plays and what integration tests feed on.
import { createRequire } from 'node:module'

interface Person {
  login: string
}

interface Payload {
  action?: string
  sender?: Person
  repository?: { full_name: string }
  organization?: Person
  issue?: { user: Person; title: string; html_url: string }
  pull_request?: { user: Person; title: string; html_url: string }
  [field: string]: unknown
}

export interface GitHubEvent {
  /** `pull_request.opened`; a webhook without an action is known by its name alone. */
  type: string
  source: 'github'
  /** The repository, or the organisation. */
  subject: string
  recipients: ({ id: string; email: string } | { topic: string })[]
  data: Payload
}

/** Topic of those who watch a repository. */
export function watchersTopic(subject: string): string {
  return `watchers-${subject.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`.slice(0, 100)
}

/** Every example, in the package's order: some 300 payloads of 58 kinds. */
export function loadGitHubEvents(): GitHubEvent[] {
  const kinds = createRequire(import.meta.url)('@octokit/webhooks-examples') as { name: string; examples: Payload[] }[]
  return kinds.flatMap(({ name, examples }) =>
    examples.map((payload) => {
      const subject = payload.repository?.full_name ?? payload.organization?.login ?? 'github'
      const author = payload.pull_request?.user.login ?? payload.issue?.user.login ?? payload.sender?.login ?? 'ghost'
      const id = author.replaceAll(/[^A-Za-z0-9-]/g, '-')
      return {
        type: payload.action ? `${name}.${payload.action}` : name,
        source: 'github' as const,
        subject,
        recipients: [{ id, email: `${id.toLowerCase()}@example.test` }, { topic: watchersTopic(subject) }],
        data: payload,
      }
    }),
  )
}
