import type { Article } from './article.ts'

const notWorkedOn = 'Nothing was sent: it could not be worked on. A replay makes no duplicates.'

/** What failed before anything could be sent: templates, workers, settings. */
export const insideArticles: readonly Article[] = [
  {
    id: 'template',
    codes: ['template-error', 'template-too-large', 'template-timeout'],
    group: 'inside',
    title: 'The template cannot be rendered',
    lead: 'A variable, filter or tag in the template of a workflow is wrong, or the data of the event lacks what it needs. Correct and publish the workflow, then replay: it is rendered again.',
    steps: [
      'Read the error: it names the place in the template.',
      'Open the workflow and put the event’s data into the preview: the same error appears there.',
      'Correct it, publish, replay.',
    ],
    arrived: notWorkedOn,
  },
  {
    id: 'workflow-missing',
    group: 'inside',
    title: 'The workflow is no longer published',
    lead: 'The workflow that the message belongs to was deleted before it was rendered.',
    steps: ['See in the audit log who deleted it, and when.', 'Make it again under the same key and replay, or discard the letters.'],
    arrived: notWorkedOn,
  },
  {
    id: 'no-secret',
    group: 'inside',
    title: 'There is no secret to sign with',
    lead: 'The endpoint has no secret that is live, so that its webhooks cannot be signed; nothing is sent unsigned.',
    steps: ['Rotate the secret on the endpoint’s page and give the new one to the receiver.', 'Send a test, then replay.'],
    arrived: notWorkedOn,
  },
  {
    id: 'poison',
    group: 'inside',
    title: 'The message kills its worker',
    lead: 'The process ended each time it worked on it: out of memory, a crash, or a limit of time. It was set aside so that others go on. Look into the logs of the workers before it is sent again.',
    steps: [
      'Read the logs of the workers at the time when it died.',
      'Look at the size of its payload and at the template that renders it.',
      'Replay one letter alone, and watch the workers while it runs.',
    ],
    arrived: 'Most often nothing was sent. The letter says whether anything may have got out.',
  },
  {
    id: 'pipeline-error',
    codes: ['internal'],
    group: 'inside',
    title: 'A fault of ours',
    lead: 'Working on it failed five times with the same error: a fault in Signalbox or in what it stands on. The error says where.',
    steps: [
      'Look at Postgres, Redis and the object store on the map at that time.',
      'Replay one letter: what was a moment’s trouble is gone by now.',
      'When it fails again, report the error with its code and place.',
    ],
    arrived: notWorkedOn,
  },
  {
    id: 'interrupted',
    group: 'inside',
    title: 'Cut off by the end of a process',
    lead: 'The process that was sending it ended in the middle: a restart, a crash, or a lost machine. A webhook is sent again by itself; a mail is not, because nobody can tell whether it went out.',
    steps: [
      'See on the event’s page what became of the delivery afterwards.',
      'A mail that may have been sent: ask its recipient, or send it again from the event’s page when twice is better than never.',
    ],
    arrived: 'It may have arrived: the last step was the call itself.',
  },
]
