// Real GitHub webhooks for tests: the same events that the demo plays, with the recipients of their topics.
import { githubEvents, type GithubEvent, type Repository } from '../../tools/demo/github-events.ts'
import type { TestPlatform } from './test-platform.ts'

/** The events, after their topics were made in the workspace. */
export async function playableGithubEvents(platform: Pick<TestPlatform, 'pool' | 'workspaceId'>): Promise<GithubEvent[]> {
  const { events, repositories } = githubEvents()
  for (const repository of repositories) await addTopic(platform, repository)
  return events
}

async function addTopic(
  { pool, workspaceId }: Pick<TestPlatform, 'pool' | 'workspaceId'>,
  { topic, name, watchers }: Repository,
): Promise<void> {
  await pool.query('INSERT INTO topic (workspace_id, key, name) VALUES ($1, $2, $3)', [workspaceId, topic, name])
  await pool.query('INSERT INTO recipient (workspace_id, id) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING', [workspaceId, watchers])
  await pool.query('INSERT INTO topic_member (workspace_id, topic_key, recipient_id) SELECT $1, $2, unnest($3::text[])', [
    workspaceId,
    topic,
    watchers,
  ])
}
