// What the demo needs in the workspace. It runs again at every start and leaves alone what is there.
import type { Api } from '../load/api.ts'
import type { Repository } from './github-events.ts'
import { demoWorkflows, workflowBody } from './workflows.ts'

interface Page<T> {
  items: T[]
  nextCursor: string | null
}

interface Workflow {
  key: string
  publishedVersion: number | null
}

interface Endpoint {
  id: string
  description: string
}

export async function setUp(api: Api, repositories: Repository[], receiverPort: number): Promise<void> {
  // One that is there already may be somebody's own by now.
  const published = new Set(
    (await all<Workflow>(api, '/workflows')).filter((each) => each.publishedVersion !== null).map((each) => each.key),
  )
  for (const workflow of demoWorkflows) {
    if (published.has(workflow.key)) continue
    await api.call('PUT', `/workflows/${workflow.key}`, workflowBody(workflow))
    await api.call('POST', `/workflows/${workflow.key}/publish`)
  }
  for (const { topic, name, watchers } of repositories) {
    await api.call('PUT', `/topics/${topic}`, { name })
    for (const login of watchers) {
      // Without an address: watchers read their inbox, mails go to the one who did it.
      await api.call('PUT', `/recipients/${encodeURIComponent(login)}`, { attributes: { github: true } })
      await api.call('PUT', `/topics/${topic}/members/${encodeURIComponent(login)}`)
    }
  }
  const known = await all<Endpoint>(api, '/endpoints')
  const put = async (description: string, path: string, eventTypes: string[], retrySchedule: number[]): Promise<void> => {
    const body = { url: `http://127.0.0.1:${receiverPort}${path}`, eventTypes, description, retrySchedule }
    const existing = known.find((endpoint) => endpoint.description === description)
    if (existing) await api.call('PATCH', `/endpoints/${existing.id}`, body)
    else await api.call('POST', '/endpoints', body)
  }
  // The port is another one at each start; a quick schedule shows in a minute what takes a day elsewhere.
  await put('Demo: a receiver that sometimes fails', '/hooks', ['*'], [1, 3, 10, 30])
  await put('Demo: a receiver that refuses releases', '/legacy', ['release.*'], [1])
}

async function all<T>(api: Api, path: string): Promise<T[]> {
  const found: T[] = []
  let cursor: string | null = null
  do {
    const page: Page<T> = await api.call('GET', `${path}?limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)
    found.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return found
}
