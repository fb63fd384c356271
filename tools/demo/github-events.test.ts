import { describe, expect, test } from 'vitest'
import { eventInputSchema } from '#shared/contracts/event.ts'
import { workflowPutSchema } from '#shared/contracts/workflow.ts'
import { githubEvents } from './github-events.ts'
import { demoWorkflows, workflowBody } from './workflows.ts'

const { events, repositories } = githubEvents()

describe('GitHub webhooks as events', () => {
  test('are all of the package, each of them a valid event', () => {
    expect(events.length).toBeGreaterThan(300)
    for (const event of events) expect(eventInputSchema.safeParse(event).error?.issues).toBeUndefined()
  })

  test('are named by webhook and action, and go to the one who did it and to those who watch', () => {
    const opened = events.find((event) => event.type === 'pull_request.opened')!
    expect(opened).toMatchObject({
      source: 'github',
      subject: 'Codertocat/Hello-World',
      recipients: [{ id: 'Codertocat', email: 'codertocat@example.com' }, { topic: 'codertocat-hello-world-watchers' }],
      data: { action: 'opened', author: 'Codertocat', title: 'Update the README with new information.' },
    })
    expect(events.some((event) => event.type === 'push')).toBe(true)
  })

  test('name a topic only when it has its repository', () => {
    const topics = new Set(repositories.map((repository) => repository.topic))
    for (const event of events)
      for (const recipient of event.recipients) if ('topic' in recipient) expect(topics).toContain(recipient.topic)
    expect(repositories.some((repository) => repository.watchers.length > 0)).toBe(true)
  })
})

test('every workflow of the demo is valid and listens to an event that is played', () => {
  const types = new Set(events.map((event) => event.type))
  for (const workflow of demoWorkflows) {
    expect(types).toContain(workflow.eventType)
    expect(workflowPutSchema.safeParse(workflowBody(workflow)).error?.issues).toBeUndefined()
  }
})
