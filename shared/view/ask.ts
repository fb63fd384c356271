// What the ask box makes of the words that somebody typed: pure, so that every reading is tested without a browser.
import type { Found, FoundKind } from '../contracts/find.ts'
import { askTexts as texts } from '../texts/ask.ts'
import { navigationFor } from './navigation.ts'
import { shortId } from './short-id.ts'

export interface Question {
  recipient: string | null
  event: string | null
}

const eventId = /\bevt_[0-9a-f]{32}\b/
/** Words that are no recipient. */
const plain = new Set(
  'why did didn didnt does has hasn hasnt was wasn not get got receive received never the a an any it event mail email webhook message notification for to of by this that is'.split(
    ' ',
  ),
)

/** 'why did u1 not get evt_...' -> who and what; null when it is no question. An event's id beside another word is one too. */
export function readQuestion(text: string): Question | null {
  const event = eventId.exec(text)?.[0] ?? null
  const asks = /^\s*(why|did|has|does|what happened)\b/i.test(text)
  const words = text
    .replace(eventId, ' ')
    .split(/\s+/)
    .map((word) => word.replace(/^["'(]+|["')?!,;:]+$/g, ''))
    .filter((word) => word !== '' && !plain.has(word.toLowerCase().replaceAll("'", '')))
  const recipient = words.find((word) => word.toLowerCase() !== 'happened' && word.toLowerCase() !== 'what') ?? null
  if (!asks && !(event !== null && recipient !== null)) return null
  return event === null && recipient === null ? null : { recipient, event }
}

export function questionText({ recipient, event }: Question): string {
  if (recipient !== null && event !== null) return texts.whyPair(recipient, shortId(event))
  return recipient === null ? texts.whyEvent(shortId(event!)) : texts.whyRecipient(recipient)
}

/** The page of the console that shows it. */
export function pathOfFound({ kind, id, eventId: event }: Pick<Found, 'kind' | 'id' | 'eventId'>): string {
  const safe = encodeURIComponent(id)
  const paths: Record<FoundKind, string> = {
    event: `/events/${safe}`,
    notification: event ? `/events/${event}?row=${safe}` : '/notifications',
    delivery: event ? `/events/${event}?row=${safe}` : '/notifications',
    'dead-letter': `/dead-letters?letter=${safe}`,
    cause: `/dead-letters?cause=${safe}`,
    replay: `/replays/${safe}`,
    endpoint: `/endpoints/${safe}`,
    mail: `/mailbox?mail=${safe}`,
    recipient: `/recipients/${safe}`,
    topic: `/recipients?topic=${safe}`,
    workflow: `/workflows/${safe}`,
    queue: `/queues/${safe}`,
    article: `/field-guide/${safe}`,
  }
  return paths[kind]
}

export interface AskItem {
  id: string
  group: 'answers' | 'found' | 'actions' | 'pages'
  icon: string
  title: string
  note: string
  /** Where it leads; a question has none: it is answered in the box. */
  to?: string
  question?: Question
  mono?: boolean
}

const icons: Record<FoundKind, string> = {
  event: 'i-lucide-zap',
  notification: 'i-lucide-bell',
  delivery: 'i-lucide-send',
  'dead-letter': 'i-lucide-mail-x',
  cause: 'i-lucide-mail-x',
  replay: 'i-lucide-rotate-ccw',
  endpoint: 'i-lucide-webhook',
  mail: 'i-lucide-inbox',
  recipient: 'i-lucide-user',
  topic: 'i-lucide-users',
  workflow: 'i-lucide-workflow',
  queue: 'i-lucide-layers',
  article: 'i-lucide-book-open',
}

export interface AskContext {
  mailCatcher: boolean
  queues: readonly { name: string; state: 'running' | 'paused' }[]
  causes: readonly { id: string; title: string; open: number }[]
}

function matches(text: string, words: readonly string[]): boolean {
  const lower = text.toLowerCase()
  return words.every((word) => lower.includes(word))
}

/** Pages and actions whose words hold all that was typed. */
function known(words: readonly string[], context: AskContext): AskItem[] {
  const pages = navigationFor(context)
    .flatMap((group) => group.items)
    .filter((item) => matches(`${item.label} ${item.also ?? ''}`, words))
    .map((item): AskItem => ({
      id: `page ${item.id}`,
      group: 'pages',
      icon: item.icon,
      title: item.label,
      note: `G ${item.key.toUpperCase()}`,
      to: item.path,
    }))
  const actions: AskItem[] = [
    ...context.queues.map(({ name, state }) => {
      const verb = state === 'paused' ? 'resume' : 'pause'
      return {
        id: `${verb} ${name}`,
        group: 'actions' as const,
        icon: state === 'paused' ? 'i-lucide-play' : 'i-lucide-pause',
        title: texts[verb](name),
        note: '',
        to: `/queues/${name}?action=${verb}`,
      }
    }),
    ...context.causes.map(({ id, title, open }) => ({
      id: `replay ${id}`,
      group: 'actions' as const,
      icon: 'i-lucide-rotate-ccw',
      title: texts.replayCause(title),
      note: String(open),
      to: `/dead-letters?cause=${id}&bar=open`,
    })),
    { id: 'add endpoint', group: 'actions', icon: 'i-lucide-plus', title: texts.addEndpoint, note: '', to: '/endpoints?new=1' },
    { id: 'send test', group: 'actions', icon: 'i-lucide-send', title: texts.sendTest, note: '', to: '/send-test' },
  ]
  return [...actions.filter((item) => matches(item.title, words)), ...pages]
}

/** Everything that the box offers for a text, in the order of its groups. Nothing typed: the pages. */
export function askItems(text: string, found: readonly Found[], context: AskContext): AskItem[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const question = readQuestion(text)
  const answers: AskItem[] = question
    ? [{ id: 'question', group: 'answers', icon: 'i-lucide-circle-help', title: questionText(question), note: '', question }]
    : []
  const things = found.map((one): AskItem => ({
    id: `${one.kind} ${one.id}`,
    group: 'found',
    icon: icons[one.kind],
    title: one.title || one.id,
    note: [texts.kinds[one.kind], one.note ?? '', one.title === one.id ? '' : shortId(one.id)].filter(Boolean).join(', '),
    to: pathOfFound(one),
    mono: one.title === one.id,
  }))
  const follow: AskItem[] = found
    .filter(({ kind }) => kind === 'event')
    .flatMap(({ id }) => [
      {
        id: `why ${id}`,
        group: 'answers' as const,
        icon: 'i-lucide-circle-help',
        title: texts.whyEvent(shortId(id)),
        note: '',
        question: { recipient: null, event: id },
      },
      {
        id: `follow ${id}`,
        group: 'actions' as const,
        icon: 'i-lucide-waypoints',
        title: texts.follow(shortId(id)),
        note: '',
        to: `/map?event=${id}`,
      },
    ])
  const who: AskItem[] = found
    .filter(({ kind }) => kind === 'recipient')
    .slice(0, 1)
    .map(({ id }) => ({
      id: `why ${id}`,
      group: 'answers',
      icon: 'i-lucide-circle-help',
      title: texts.whyRecipient(id),
      note: '',
      question: { recipient: id, event: null },
    }))
  const rest = words.length === 0 ? known([], context).filter(({ group }) => group === 'pages') : question ? [] : known(words, context)
  const all = [...answers, ...things, ...follow, ...(question ? [] : who), ...rest]
  const order = ['answers', 'found', 'actions', 'pages']
  return all.toSorted((one, other) => order.indexOf(one.group) - order.indexOf(other.group))
}
