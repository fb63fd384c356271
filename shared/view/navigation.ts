// The pages of the console, as data: navigation, jumps by G + letter and the ask box read the same list.

export interface NavigationItem {
  id: string
  label: string
  path: string
  /** A lucide icon. */
  icon: string
  /** G, then this letter. */
  key: string
  /** Shown only while the mail catcher is on. */
  onlyWithMailCatcher?: true
  /** Stands in the tabs at the bottom of a narrow page. */
  tab?: true
  /** Other words that a person may look for. */
  also?: string
}

export interface NavigationGroup {
  label: string
  items: readonly NavigationItem[]
}

export const navigation: readonly NavigationGroup[] = [
  {
    label: 'Live',
    items: [
      { id: 'overview', label: 'Overview', path: '/', icon: 'i-lucide-gauge', key: 'o', tab: true, also: 'home ledger' },
      { id: 'map', label: 'Map', path: '/map', icon: 'i-lucide-waypoints', key: 'm', tab: true, also: 'topology graph' },
      { id: 'queues', label: 'Queues', path: '/queues', icon: 'i-lucide-layers', key: 'q', tab: true, also: 'jobs lanes' },
      { id: 'workers', label: 'Workers', path: '/workers', icon: 'i-lucide-cpu', key: 'w', also: 'processes' },
      { id: 'letters', label: 'Dead letters', path: '/dead-letters', icon: 'i-lucide-mail-x', key: 'd', tab: true, also: 'failed causes' },
      { id: 'replays', label: 'Replays', path: '/replays', icon: 'i-lucide-rotate-ccw', key: 'y', also: 'send again' },
      {
        id: 'guide',
        label: 'Field guide',
        path: '/field-guide',
        icon: 'i-lucide-book-open',
        key: 'h',
        also: 'help errors codes what to do',
      },
    ],
  },
  {
    label: 'Messages',
    items: [
      { id: 'events', label: 'Events', path: '/events', icon: 'i-lucide-zap', key: 'e' },
      { id: 'notifications', label: 'Notifications', path: '/notifications', icon: 'i-lucide-bell', key: 'n' },
      { id: 'recipients', label: 'Recipients', path: '/recipients', icon: 'i-lucide-users', key: 'r', also: 'people preferences' },
      { id: 'endpoints', label: 'Endpoints', path: '/endpoints', icon: 'i-lucide-webhook', key: 'p', also: 'webhooks' },
      { id: 'attachments', label: 'Attachments', path: '/attachments', icon: 'i-lucide-paperclip', key: 'l', also: 'files uploads' },
      {
        id: 'mailbox',
        label: 'Mailbox',
        path: '/mailbox',
        icon: 'i-lucide-inbox',
        key: 'b',
        onlyWithMailCatcher: true,
        also: 'mail caught',
      },
    ],
  },
  {
    label: 'Build',
    items: [
      { id: 'workflows', label: 'Workflows', path: '/workflows', icon: 'i-lucide-workflow', key: 'f', also: 'templates' },
      { id: 'send-test', label: 'Send a test', path: '/send-test', icon: 'i-lucide-send', key: 't' },
    ],
  },
  {
    label: 'Control',
    items: [
      { id: 'audit', label: 'Audit', path: '/audit', icon: 'i-lucide-scroll-text', key: 'a', also: 'who did what' },
      { id: 'api-keys', label: 'API keys', path: '/api-keys', icon: 'i-lucide-key-round', key: 'k' },
      { id: 'operators', label: 'Operators', path: '/operators', icon: 'i-lucide-user-cog', key: 'u', also: 'people roles' },
      { id: 'settings', label: 'Settings', path: '/settings', icon: 'i-lucide-settings', key: 's', also: 'workspaces' },
    ],
  },
]

/** The groups without what this instance does not have. */
export function navigationFor(has: { mailCatcher: boolean }): NavigationGroup[] {
  return navigation.map((group) => ({ ...group, items: group.items.filter((item) => has.mailCatcher || !item.onlyWithMailCatcher) }))
}

/** The page that a path belongs to: '/queues/delivery-email' is under Queues. */
export function navigationItemOf(path: string): NavigationItem | undefined {
  const items = navigation.flatMap((group) => group.items)
  return items.find((item) => item.path === path) ?? items.find((item) => item.path !== '/' && path.startsWith(`${item.path}/`))
}
