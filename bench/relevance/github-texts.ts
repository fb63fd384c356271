// GitHub's example webhooks (npm package @octokit/webhooks-examples, MIT) as the notifications that people would get of them: a title and a text.
// The same package gives the same texts with the same ids, so that judgements stay true.
import { createRequire } from 'node:module'

export interface RelevanceDocument {
  id: string
  kind: 'notification' | 'dead-letter'
  title: string
  text: string
}

type Json = Record<string, any>

const webhooks = createRequire(import.meta.url)('@octokit/webhooks-examples') as { name: string; examples: Json[] }[]

/** As much of a long text as a notification shows. */
const longest = 600

/** What it is about, then lines of text. Whatever is missing in a payload is left out. */
type Render = (payload: Json) => [subject: unknown, ...lines: unknown[]]

const issue: Render = ({ issue, changes }) => [issue?.title, issue?.body, changes?.title && `It was called: ${changes.title.from}`]
const pullRequest: Render = ({ pull_request: pull }) => [
  pull?.title,
  pull?.body,
  pull?.merged && 'Merged.',
  pull?.head && `${pull.head.ref} into ${pull.base?.ref}`,
]
const package_: Render = ({ package: it, registry_package: other }) => {
  const thing = it ?? other
  return [thing?.name, thing?.package_version?.summary, thing?.package_version?.body, thing?.package_type]
}
const alertOf: Render = ({ alert }) => [
  alert?.rule?.description ?? alert?.secret_type ?? alert?.affected_package_name,
  alert?.tool?.name,
  alert?.state,
  alert?.rule?.severity && `Severity: ${alert.rule.severity}`,
  alert?.dismissed_reason && `Dismissed: ${alert.dismissed_reason}`,
  alert?.external_reference,
]

const renderers: Record<string, Render> = {
  branch_protection_rule: ({ rule, changes }) => [
    rule?.name,
    changes && `Changed: ${Object.keys(changes).join(', ').replaceAll('_', ' ')}`,
  ],
  check_run: ({ check_run: run }) => [
    run?.name,
    run?.conclusion && `Conclusion: ${run.conclusion}`,
    run?.output?.title,
    run?.output?.summary,
    run?.output?.text,
    run?.check_suite?.head_branch && `Branch ${run.check_suite.head_branch}`,
  ],
  check_suite: ({ check_suite: suite }) => [
    suite?.head_commit?.message,
    suite?.conclusion && `Conclusion: ${suite.conclusion}`,
    suite?.app?.name,
    suite?.head_branch && `Branch ${suite.head_branch}`,
  ],
  code_scanning_alert: alertOf,
  commit_comment: ({ comment }) => [comment?.body],
  create: (payload) => [`${payload.ref_type} ${payload.ref}`, payload.description],
  delete: (payload) => [`${payload.ref_type} ${payload.ref}`],
  dependabot_alert: ({ alert }) => [
    alert?.security_advisory?.summary,
    alert?.security_advisory?.description,
    alert?.dependency?.package?.name && `Package: ${alert.dependency.package.name}`,
    alert?.state,
  ],
  deploy_key: ({ key }) => [key?.title],
  deployment: ({ deployment, workflow_run: run }) => [deployment?.environment, deployment?.description, run?.name, deployment?.ref],
  deployment_review: ({ workflow_run: run, environment, reviewers, approver, comment }) => [
    run?.display_title ?? run?.name,
    environment && `Environment: ${environment}`,
    reviewers && `Reviewers: ${reviewers.map(({ reviewer }: Json) => reviewer?.name ?? reviewer?.login).join(', ')}`,
    approver && `Approved by ${approver.login}`,
    comment,
  ],
  deployment_protection_rule: ({ environment, deployment }) => [environment, deployment?.description],
  deployment_status: ({ deployment_status: status, workflow_run: run }) => [
    status?.environment,
    status?.state && `State: ${status.state}`,
    status?.description,
    run?.name,
  ],
  discussion: ({ discussion, answer, label }) => [
    discussion?.title,
    discussion?.body,
    discussion?.category && `Category: ${discussion.category.name}`,
    answer && `Answer: ${answer.body}`,
    label && `Label: ${label.name}`,
  ],
  discussion_comment: ({ discussion, comment }) => [discussion?.title, comment?.body],
  fork: ({ forkee }) => [forkee?.full_name],
  github_app_authorization: () => ['the authorisation of an app'],
  gollum: ({ pages }) => pages?.map((page: Json) => `${page.title} ${page.action}`) ?? [''],
  installation: ({ installation, repositories }) => [
    installation?.app_slug ?? installation?.account?.login,
    repositories && `Repositories: ${repositories.map(({ name }: Json) => name).join(', ')}`,
  ],
  installation_repositories: ({ repositories_added: added, repositories_removed: removed }) => [
    [...(added ?? []), ...(removed ?? [])].map(({ full_name: name }: Json) => name).join(', '),
  ],
  issue_comment: ({ issue: it, comment }) => [it?.title, comment?.body],
  issues: issue,
  label: ({ label }) => [label?.name, label?.description],
  marketplace_purchase: ({ marketplace_purchase: bought, previous_marketplace_purchase: before }) => [
    bought?.plan?.name,
    `Account ${bought?.account?.login}, billed ${bought?.billing_cycle}`,
    before && `Before: ${before.plan?.name}`,
  ],
  member: ({ member }) => [`collaborator ${member?.login}`],
  membership: ({ member, team }) => [`${member?.login} in team ${team?.name}`, team?.description],
  merge_group: ({ merge_group: group }) => [group?.head_commit?.message, group?.base_ref],
  meta: ({ hook }) => [`webhook ${hook?.config?.url}`, hook?.events && `Events: ${hook.events.join(', ')}`],
  milestone: ({ milestone }) => [milestone?.title, milestone?.description, milestone?.due_on && `Due on ${milestone.due_on}`],
  org_block: ({ blocked_user: user }) => [`user ${user?.login}`],
  organization: ({ membership, organization, invitation }) => [
    `${membership?.user?.login ?? invitation?.login} in organization ${organization?.login}`,
    membership?.role && `Role: ${membership.role}`,
  ],
  package: package_,
  page_build: ({ build }) => [`Pages ${build?.status}`, build?.error?.message],
  ping: ({ zen }) => [zen],
  project: ({ project }) => [project?.name, project?.body],
  project_card: ({ project_card: card }) => [card?.note],
  project_column: ({ project_column: column }) => [column?.name],
  public: () => ['the repository was made public'],
  pull_request: pullRequest,
  pull_request_review: ({ pull_request: pull, review }) => [pull?.title, review?.body, review?.state],
  pull_request_review_comment: ({ pull_request: pull, comment }) => [pull?.title, comment?.body, comment?.path],
  pull_request_review_thread: ({ pull_request: pull, thread }) => [pull?.title, ...(thread?.comments ?? []).map(({ body }: Json) => body)],
  push: ({ ref, commits, head_commit: head, deleted, forced }) => [
    head?.message ?? ref,
    ref,
    deleted && 'Deleted.',
    forced && 'Forced.',
    ...(commits ?? []).map(({ message }: Json) => message),
  ],
  registry_package: package_,
  release: ({ release }) => [release?.name || release?.tag_name, release?.body, release?.prerelease && 'Pre-release.'],
  repository: ({ repository, changes }) => [
    repository?.name,
    repository?.description,
    changes && `Changed: ${Object.keys(changes).join(', ')}`,
  ],
  repository_dispatch: ({ branch, client_payload: payload }) => [branch, JSON.stringify(payload)],
  repository_import: ({ status }) => [`import ${status}`],
  repository_vulnerability_alert: ({ alert }) => [
    alert?.affected_package_name,
    alert?.external_identifier,
    alert?.affected_range && `Affected: ${alert.affected_range}, fixed in ${alert.fixed_in}`,
    alert?.severity && `Severity: ${alert.severity}`,
    alert?.dismiss_reason && `Dismissed: ${alert.dismiss_reason}`,
  ],
  secret_scanning_alert: alertOf,
  secret_scanning_alert_location: ({ location }) => [location?.type, location?.details?.path],
  security_advisory: ({ security_advisory: advisory }) => [
    advisory?.summary,
    advisory?.description,
    advisory?.severity && `Severity: ${advisory.severity}`,
  ],
  sponsorship: ({ sponsorship, changes }) => [
    `${sponsorship?.sponsor?.login} sponsors ${sponsorship?.sponsorable?.login}`,
    sponsorship?.tier?.name,
    changes?.tier && `Before: ${changes.tier.from?.name}`,
  ],
  star: ({ repository }) => [repository?.full_name],
  status: ({ context, state, description, commit }) => [context, `State: ${state}`, description, commit?.commit?.message],
  team: ({ team, repository }) => [`team ${team?.name}`, team?.description, repository?.full_name],
  team_add: ({ team, repository }) => [`team ${team?.name} to ${repository?.full_name}`],
  watch: ({ repository }) => [repository?.full_name],
  workflow_dispatch: ({ workflow, inputs }) => [workflow, inputs && JSON.stringify(inputs)],
  workflow_job: ({ workflow_job: job }) => [
    job?.name,
    job?.conclusion && `Conclusion: ${job.conclusion}`,
    ...(job?.steps ?? []).filter((step: Json) => step.conclusion === 'failure').map((step: Json) => `Failed step: ${step.name}`),
    job?.head_branch && `Branch ${job.head_branch}`,
  ],
  workflow_run: ({ workflow_run: run }) => [
    run?.display_title ?? run?.name,
    run?.conclusion && `Conclusion: ${run.conclusion}`,
    run?.head_commit?.message,
    run?.head_branch && `Branch ${run.head_branch}`,
  ],
}

const words = (value: unknown): string =>
  typeof value === 'string'
    ? value
        .replaceAll(/<!--.*?-->/gs, '')
        .replaceAll(/\s+/g, ' ')
        .trim()
    : ''

/** One document per webhook and kind of text: payloads that differ in nothing a person would read are taken once. */
export function githubTexts(): RelevanceDocument[] {
  const seen = new Set<string>()
  const counts = new Map<string, number>()
  return webhooks.flatMap(({ name, examples }) =>
    examples.flatMap((payload): RelevanceDocument[] => {
      const action = typeof payload.action === 'string' ? payload.action : ''
      const kind = [name, action].filter(Boolean).join('.')
      const number = (counts.get(kind) ?? 0) + 1
      counts.set(kind, number)
      const [subject, ...lines] = (renderers[name] ?? (() => ['']))(payload)
      const place = (payload.repository?.full_name ?? payload.organization?.login ?? 'GitHub') as string
      const what = `${name} ${action}`.replaceAll('_', ' ').trim()
      const title = `[${place}] ${what}${words(subject) && `: ${words(subject)}`}`
      const text = [...lines.map(words).filter(Boolean), `By ${payload.sender?.login ?? 'GitHub'}`].join('\n').slice(0, longest)
      if (seen.has(title + text)) return []
      seen.add(title + text)
      return [{ id: `${kind}.${number}`, kind: 'notification', title, text }]
    }),
  )
}
