// What the demo sends: a mail for the one who did it, a message in the inbox for everybody who watches.
export interface DemoWorkflow {
  key: string
  name: string
  eventType: string
  says: string
}

/** The seed brings one for pull_request.opened already. */
const messages: Record<string, string> = {
  'pull_request.closed': 'closed the pull request',
  'pull_request.assigned': 'was assigned to the pull request',
  'pull_request_review.submitted': 'reviewed',
  'issues.opened': 'opened the issue',
  'issues.assigned': 'assigned the issue',
  'issues.reopened': 'opened again the issue',
  'issue_comment.created': 'commented on',
  'discussion.created': 'started the discussion',
  'discussion.answered': 'answered',
  'release.published': 'published',
  'check_run.completed': 'finished the check',
  'workflow_run.completed': 'finished the workflow',
  'code_scanning_alert.created': 'found a problem:',
  'dependabot_alert.created': 'found a weak dependency of',
  'star.created': 'starred',
  push: 'pushed to',
}

export const demoWorkflows: DemoWorkflow[] = Object.entries(messages).map(([eventType, says]) => ({
  key: `github-${eventType.replaceAll(/[._]/g, '-')}`,
  name: `GitHub: ${eventType}`,
  eventType,
  says,
}))

/** The body of PUT /workflows/{key}. */
export function workflowBody({ name, eventType, says }: DemoWorkflow): object {
  const sentence = `{{ data.author | default: "Somebody" }} ${says} {{ data.title }}`
  return {
    name,
    eventType,
    steps: [
      {
        ...{ id: 'mail', type: 'channel', channel: 'email' },
        template: {
          subject: `${sentence} in {{ event.subject }}`,
          html: `<p>${sentence}.</p>{% if data.url %}<p><a href="{{ data.url }}">See it on GitHub</a></p>{% endif %}`,
          text: `${sentence}.\n{{ data.url }}\n`,
        },
      },
      { id: 'bell', type: 'channel', channel: 'in-app', template: { title: sentence, body: '{{ event.subject }}', url: '{{ data.url }}' } },
    ],
  }
}
