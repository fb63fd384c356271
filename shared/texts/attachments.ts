// Words about files: the page of attachments, and the uploader there and where a test is sent.
import { countOf } from '../view/figures.ts'

export const attachmentTexts = {
  title: 'Attachments',
  list: 'Files, newest first',
  columns: { name: 'File', type: 'Type', size: 'Size', state: 'State', by: 'By', at: 'Announced' },
  state: 'state',
  recipient: 'recipient',
  q: 'name or type',
  states: { created: 'announced', uploading: 'uploading', checking: 'checking', ready: 'ready', rejected: 'rejected' },
  emptyTitle: 'No files yet.',
  emptyText:
    'Events refer to files: mail carries them, webhooks and inboxes get links. Drop one here, or announce it with `POST /attachments`.',
  noneTitle: 'No file matches these filters.',
  picture: (name: string) => `Small picture of ${name}`,
  noPicture: 'No preview: only pictures have one.',
  download: 'Open or download',
  remove: 'Delete...',
  removeTitle: (name: string) => `Delete ${name}`,
  removeText: (uses: string) =>
    `${uses} Its bytes are gone within a minute, and links that were given out end. Mail that still waits for it becomes a dead letter.`,
  removeConfirm: 'Delete the file',
  uses: (count: number, more: boolean) =>
    count === 0
      ? 'No event refers to it.'
      : `${countOf(count, 'event')}${more ? ' and more' : ''} ${count === 1 && !more ? 'refers' : 'refer'} to it.`,
  checks: 'Checks',
  checkNames: { size: 'Size', sha256: 'SHA-256', type: 'Type', malware: 'Malware' },
  outcomes: { passed: 'passed', failed: 'failed', skipped: 'not checked' },
  noChecks: 'It was not checked yet.',
  usedBy: 'Used by',
  nobody: 'No event refers to it. Files that nobody uses are taken away after some time.',
  facts: { size: 'Size', type: 'Type', recipient: 'Recipient', by: 'Announced by', at: 'Announced', ready: 'Ready', sum: 'SHA-256' },
} as const

export const uploadTexts = {
  drop: 'Drop files here, or',
  choose: 'choose them',
  label: 'Choose files to upload',
  cancel: (name: string) => `Cancel the upload of ${name}`,
  retry: 'Try again',
  remove: (name: string) => `Take ${name} off the list`,
  states: {
    waiting: 'waits',
    comparing: 'is compared with what has arrived',
    sending: 'is sent',
    checking: 'is checked',
    ready: 'ready',
    failed: 'not sent',
    cancelled: 'cancelled',
  },
  progress: (sent: string, size: string) => `${sent} of ${size}`,
  stillChecking: 'It is still being checked: look at the page of attachments.',
  broken: 'The connection broke off. What was sent of a large file is kept: try again to go on.',
  empty: 'The file is empty: there is nothing to send.',
  unfinished: 'Uploads that broke off',
  unfinishedText: 'Choose the same file again: only what has not arrived is sent.',
  resume: 'Continue...',
  resumeLabel: (name: string) => `Continue the upload of ${name}`,
  resumeChoose: (name: string) => `Choose ${name} again`,
  other: {
    name: (wanted: string, chosen: string) => `This upload is of ${wanted}; ${chosen} is another file.`,
    size: (wanted: string, chosen: string) => `This upload is of ${wanted}; the file that was chosen has ${chosen}.`,
  },
  giveUp: (name: string) => `Give up the upload of ${name}`,
  giveUpTitle: (name: string) => `Give up ${name}`,
  giveUpText: 'What has arrived of it is deleted. No event can refer to it yet.',
  giveUpConfirm: 'Give the upload up',
  giveUpReason: 'its upload was given up',
  refused: (status: number) => `The store refused it (${status}).`,
} as const
