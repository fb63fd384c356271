// Real input: every GitHub webhook of @octokit/webhooks-examples goes the whole path, and everything it became is accounted for.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { demoWorkflows, workflowBody } from '../../tools/demo/workflows.ts'
import { eventually } from '../support/eventually.ts'
import { playableGithubEvents } from '../support/github-events.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'

let path: PathHarness

beforeAll(async () => {
  path = await openPath()
})
afterAll(() => path?.close())

test('all of them end, each recipient gets it once, and nothing is left over', async () => {
  const events = await playableGithubEvents(path)
  for (const workflow of demoWorkflows) {
    await path.addWorkflow(workflow.key, workflow.eventType, (workflowBody(workflow) as { steps: unknown[] }).steps)
  }
  await path.addEndpoint({ eventTypes: ['pull_request.*', 'push'] })
  const heard = events.filter((event) => event.type.startsWith('pull_request.') || event.type === 'push').length
  await Promise.all(events.map((event) => path.send({ ...event })))

  const ledger = await eventually(
    async () => {
      const now = await path.ledger()
      expect(now.events).toMatchObject({ accepted: events.length, pending: 0, dead: 0, unaccounted: 0 })
      expect(now.deliveries).toMatchObject({ pending: 0, dead: 0, unaccounted: 0 })
      return now
    },
    { timeoutMs: 120_000 },
  )
  expect(ledger.events.completed + ledger.events.unmatched).toBe(events.length)
  expect(path.sink.arrivals.length).toBe(heard)
  expect(new Set(path.sink.arrivals.map((arrival) => arrival.id)).size).toBe(heard)

  const { rows } = await path.pool.query(
    `SELECT n.subject FROM notification n JOIN event e ON e.id = n.event_id WHERE e.type = 'issues.opened' AND n.channel = 'email' AND n.subject IS NOT NULL LIMIT 1`,
  )
  expect(rows[0].subject).toMatch(/^Codertocat opened the issue .+ in .+\/.+$/)
  // Sequence numbers without a gap, although many events wrote to the same inboxes at once.
  const { rows: gaps } = await path.pool.query(
    'SELECT recipient_id FROM notification WHERE sequence IS NOT NULL GROUP BY workspace_id, recipient_id HAVING count(*) <> max(sequence) OR min(sequence) <> 1',
  )
  expect(gaps).toEqual([])
})
