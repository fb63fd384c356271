// Real input: every GitHub webhook of the examples goes through the whole path.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'
import { loadGitHubEvents } from '../../tools/github-events.ts'

let path: PathHarness
beforeAll(async () => {
  path = await openPath()
  await path.addWorkflow('pr', 'pull_request.opened', [
    {
      id: 'mail',
      type: 'channel',
      channel: 'email',
      template: { subject: '{{ data.pull_request.title }}', text: '{{ data.pull_request.html_url }}' },
    },
    {
      id: 'bell',
      type: 'channel',
      channel: 'in-app',
      template: { title: '{{ data.pull_request.title }}', url: '{{ data.pull_request.html_url }}' },
    },
  ])
  await path.addEndpoint({ eventTypes: ['push', 'issues.*'] })
})
afterAll(() => path.close())

test('every example is accepted, ends completed or unmatched, and webhooks carry the payload as it came', async () => {
  const events = loadGitHubEvents()
  expect(events.length).toBeGreaterThan(200)
  const ids = await Promise.all(events.map((event) => path.send({ ...event })))
  await eventually(
    async () =>
      (await path.pool.query("SELECT count(*)::int AS n FROM event WHERE state IN ('completed', 'unmatched')")).rows[0].n === ids.length,
    { timeoutMs: 25_000 },
  )
  const pushes = events.filter((event) => event.type === 'push' || event.type.startsWith('issues.'))
  expect(path.sink.arrivals).toHaveLength(pushes.length)
  const sent = pushes.map((event) => JSON.stringify(event.data)).sort()
  expect(path.sink.arrivals.map((arrival) => JSON.stringify(arrival.body.data)).sort()).toEqual(sent)
  const { rows } = await path.pool.query("SELECT count(*)::int AS n FROM notification WHERE channel = 'in-app' AND subject IS NOT NULL")
  expect(rows[0].n).toBe(events.filter((event) => event.type === 'pull_request.opened').length)
  expect(await path.reconcile()).toMatchObject({ total: 0 })
})
