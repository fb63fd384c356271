// Words of the frame around every page. One place, ready for translation.

export const shellTexts = {
  product: 'Signalbox',
  navigation: 'Pages',
  skip: 'To the content',
  ask: 'Why did someone not get it? Or jump to anything',
  askShort: 'Jump to anything',
  more: 'More',
  close: 'Close',
  connecting: 'connecting',
  live: (age: string) => `live, ${age} old`,
  liveShort: 'live',
  stale: (age: string) => `${age} old`,
  notConnected: 'not connected',
  /** Why the picture stands still, and what it means for what was sent. */
  standsStill: {
    lost: (at: string) => `The API does not answer. This is the picture of ${at}; it goes on by itself when the API is back.`,
    'no-redis': (at: string) =>
      `Redis does not answer. This is the picture of ${at}. Events are accepted and wait in Postgres; nothing is lost.`,
    'no-collector': (at: string) =>
      `Nothing joins the live picture: no worker is running, or Redis or Postgres does not answer. This is the picture of ${at}.`,
    starting: (at: string) => `The picture is being put together again. This is the one of ${at}.`,
  },
  opensLater: (page: string) => `${page} opens then.`,
  noData: 'no data',
  nothingToCount: 'nothing to count yet',
  unaccounted: 'unaccounted',
  workspace: 'Workspace',
  noWorkspace: 'No workspace',
  signOut: 'Sign out',
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  keys: 'Keys',
  keysTitle: 'Keys that work everywhere',
  keysHelp: [
    { keys: ['Ctrl', 'K'], does: 'ask, or jump to anything' },
    { keys: ['/'], does: 'search in the list' },
    { keys: ['J'], does: 'next row' },
    { keys: ['K'], does: 'row before' },
    { keys: ['X'], does: 'select the row' },
    { keys: ['Enter'], does: 'open the row' },
    { keys: ['Esc'], does: 'close what is open' },
    { keys: ['?'], does: 'this list' },
  ],
  jumpTo: (page: string) => `go to ${page}`,
  needsPerson: (count: string) => `${count} need a person`,
} as const

export const errorTexts = {
  title: 'This could not be read.',
  notHere: 'It is not here.',
  notHereText: 'It may belong to another workspace, or be older than what is kept.',
  retry: 'Try again',
  request: 'request',
  tab: { missing: 'Not found · Signalbox', failed: 'Signalbox', away: 'No answer · Signalbox' },
  heads: {
    missing: 'There is no page here.',
    failed: 'This page could not be shown.',
    away: 'Nobody can be let in at the moment.',
  },
  bodies: {
    missing: 'The address may be mistyped, or what it named is gone or belongs to another workspace.',
    failed: 'Nothing is wrong with what was sent or delivered: only the picture of it failed. Loading it again may help.',
    away: 'Who you are is kept in Redis, and Redis or the API does not answer. What was accepted is safe in Postgres. This page opens by itself as soon as there is an answer.',
  },
  home: 'To the overview',
  reload: 'Load it again',
  reference: 'API reference',
} as const

export const listTexts = {
  more: 'Show more',
  loading: 'Loading',
  selectAll: 'Select all that are shown',
  selectRow: 'Select',
  shown: (count: string) => `${count} shown`,
  newer: 'Back to the first',
  looking: (moment: string, found: string) => `Looking through everything: back to ${moment}, ${found} found so far`,
  looked: (moment: string, found: string) => `Looked back to ${moment}, ${found} found; "Show more" looks further`,
  stopLooking: 'Stop',
} as const

export const actionTexts = {
  reason: 'Reason, kept in the audit log',
  reasonHint: 'why, in a few words',
  confirmCount: (count: string) => `Type ${count} to confirm`,
  cancel: 'Cancel',
  working: 'Working',
  needsRole: (role: string) => `This needs the role ${role}.`,
  needsInstance: 'This acts on the whole instance: it needs an operator of the instance.',
} as const
