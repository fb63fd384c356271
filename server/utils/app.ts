// The one object that routes reach everything through. Opened once per process, before it listens; closed on Nitro's close hook.
import { randomUUID } from 'node:crypto'
import { config } from '#platform/config/index.ts'
import { createEmbedder } from '#platform/embedder/index.ts'
import { sayIssuesInWords } from '#platform/json/issue-message.ts'
import { createObjectStore, type DiskStore, type ObjectStore } from '#platform/object-store/index.ts'
import { openPlatform, type Platform } from '#platform/lifecycle/platform.ts'
import { version } from '#platform/lifecycle/version.ts'
import { openSearchIndex } from '#platform/search-index/index.ts'
import { endEventStreams } from '#platform/sse/index.ts'
import { createRateLimits, type RateLimits } from '#platform/rate-limit/index.ts'
import { createBlockingRedis } from '#platform/redis/index.ts'
import { createMetrics, type Metrics } from '#platform/telemetry/metrics.ts'
import { reportCounters } from '#platform/telemetry/report-counters.ts'
import { shareMetrics, type MetricsShare } from '#platform/telemetry/share-metrics.ts'
import { createAttachments, createFileHandout, linkOrigin, type Attachments } from '#services/attachments/index.ts'
import { createAudit, type Audit } from '#services/audit/index.ts'
import { createIdentity, type Identity } from '#services/identity/index.ts'
import { createInbox, type Inbox } from '#services/inbox/index.ts'
import { createMailbox, type Mailbox } from '#services/mailbox/index.ts'
import { createMasking, type MaskingSettings } from '#services/masking/index.ts'
import {
  createLiveHub,
  createPictureReader,
  createThresholds,
  type LiveHub,
  type PictureReader,
  type Thresholds,
} from '#services/live/index.ts'
import { createInstanceFigures, type InstanceFigures } from '#services/metrics/index.ts'
import { createDeadLetters, type DeadLetters } from '#services/dead-letters/index.ts'
import { createDeliveries, holdEndpointDeliveries, holdProviderDeliveries, type Deliveries } from '#services/delivery/index.ts'
import { createEndpoints, type Endpoints } from '#services/endpoints/index.ts'
import { createExplain, type Explain } from '#services/explain/index.ts'
import { createFind, type Find } from '#services/find/index.ts'
import { createEventAcceptor, createEvents, type EventAcceptor, type Events } from '#services/events/index.ts'
import { createNotifications, type Notifications } from '#services/notifications/index.ts'
import { createLaneBudget, wakeRelay } from '#services/outbox/index.ts'
import { registerSelf, type ProcessRegistration } from '#services/processes/index.ts'
import {
  createJobActions,
  createJobOperations,
  createJobs,
  createJobWhy,
  createLanes,
  createQueueDesk,
  type JobActions,
  type JobOperations,
  type Jobs,
  type JobWhy,
  type Lanes,
  type QueueDesk,
} from '#services/queues/index.ts'
import { createProviders, type Providers } from '#services/providers/index.ts'
import { createRecipients, createTopics, type Recipients, type Topics } from '#services/recipients/index.ts'
import { createReplays, type Replays } from '#services/replays/index.ts'
import { createSearch, type Search } from '#services/search/index.ts'
import { createSavedViews, type SavedViews } from '#services/saved-views/index.ts'
import { createStatusReader, type StatusReader } from '#services/status/index.ts'
import { createRenderer, createWorkflows, type Renderer, type Workflows } from '#services/workflows/index.ts'
import { createQueues, type Queues } from '#platform/queue/index.ts'
import { createVirusScanner } from '#platform/virus-scanner/index.ts'
import { Fault } from '#shared/fault.ts'
import { createRequestPlaces, type RequestPlaces } from './request-places.ts'

export interface App {
  platform: Platform
  metrics: Metrics
  /** Where requests are counted for the live picture. */
  places: RequestPlaces
  /** The metrics of every process, this one's among them. */
  sharedMetrics: MetricsShare
  rateLimits: RateLimits
  queues: Queues
  objectStore: ObjectStore | DiskStore
  services: {
    attachments: Attachments
    acceptor: EventAcceptor
    events: Events
    explain: Explain
    find: Find
    notifications: Notifications
    deliveries: Deliveries
    deadLetters: DeadLetters
    queueDesk: QueueDesk
    lanes: Lanes
    providers: Providers
    jobs: Jobs
    jobActions: JobActions
    jobOperations: JobOperations
    jobWhy: JobWhy
    workflows: Workflows
    masking: MaskingSettings
    recipients: Recipients
    topics: Topics
    endpoints: Endpoints
    replays: Replays
    savedViews: SavedViews
    search: Search
    identity: Identity
    audit: Audit
    inbox: Inbox
    live: LiveHub
    picture: PictureReader
    thresholds: Thresholds
    mailbox: Mailbox
    figures: InstanceFigures
    status: StatusReader
  }
  close(): Promise<void>
}

let current: App | undefined

/** This process' app. Throws 'dependency-unavailable' (503) while it is being opened. */
export function useApp(): App {
  if (!current) throw new Fault('dependency-unavailable', 'This process is still starting.', { retryAfterSeconds: 1 })
  return current
}

/** The same for what answers before there is one: health and readiness. */
export function useAppOrNothing(): App | undefined {
  return current
}

/** Puts an app in place: the plugin's, or a test's. */
export function provideApp(app: App | undefined): void {
  current = app
}

/** Services over a platform: what the plugin does, and tests with their own platform. */
export function assembleApp(platform: Platform): App {
  sayIssuesInWords()
  const { pool, redis, log, config: settings } = platform
  if (!settings.SIGNALBOX_SECRET) throw new Error('SIGNALBOX_SECRET must be set here; `npm start` makes one.')
  const metrics = createMetrics()
  const places = createRequestPlaces(platform.counters, settings.SIGNALBOX_PROCESS_NAME ?? 'api')
  const sharedMetrics = shareMetrics({ redis, metrics, processName: settings.SIGNALBOX_PROCESS_NAME ?? 'api' })
  const objectStore = createObjectStore(settings, log, platform.counters)
  const attachments = createAttachments({
    pool,
    store: objectStore,
    log,
    scanner: settings.CLAMAV_URL === undefined ? undefined : createVirusScanner(settings.CLAMAV_URL),
    limits: {
      fileBytes: settings.SIGNALBOX_ATTACHMENT_MAX_BYTES,
      workspaceBytes: settings.SIGNALBOX_ATTACHMENT_WORKSPACE_BYTES,
      partBytes: settings.SIGNALBOX_ATTACHMENT_PART_BYTES,
    },
  })
  const identity = createIdentity({ pool, redis, log })
  const inbox = createInbox({
    pool,
    redis,
    log,
    secret: settings.SIGNALBOX_SECRET,
    files: createFileHandout({ pool, store: objectStore, origin: linkOrigin(settings) }),
    openSubscriber: () => createBlockingRedis({ url: settings.REDIS_URL as string, name: 'inbox-live', log }),
  })
  const live = createLiveHub({
    redis,
    openSubscriber: () => createBlockingRedis({ url: settings.REDIS_URL as string, name: 'live', log }),
  })
  const queues = createQueues(redis, platform.counters)
  const budget = createLaneBudget(redis)
  const acceptor = createEventAcceptor({
    hot: platform.hot,
    queues,
    budget,
    log,
    commits: places.commit,
    onAccepted: (count) => metrics.accepted(count === 1 ? 'single' : 'batch', count),
  })
  // Made when the first preview asks for it: most API processes never render.
  let renderer: Renderer | undefined
  const workflows = createWorkflows({ prisma: platform.prisma, renderer: () => (renderer ??= createRenderer({ log, keepWarm: false })) })
  const queueDesk = createQueueDesk({ pool, redis, shared: sharedMetrics })
  const lanes = createLanes({ pool, redis })
  const endpoints = createEndpoints({ pool, config: settings, log, hold: holdEndpointDeliveries })
  const searchIndex = openSearchIndex({ config: settings, pool })
  const embedder = settings.EMBEDDER_URL === undefined ? undefined : createEmbedder({ url: settings.EMBEDDER_URL })
  const search = createSearch({ pool, index: searchIndex, embedder, counters: platform.counters })
  const mailbox = createMailbox({ pool, caught: settings.SIGNALBOX_MAIL_CATCHER })
  return {
    platform,
    metrics,
    places,
    sharedMetrics,
    rateLimits: createRateLimits({ redis }),
    queues,
    objectStore,
    services: {
      attachments,
      acceptor,
      events: createEvents({ pool }),
      explain: createExplain({ pool }),
      find: createFind({ pool, search }),
      notifications: createNotifications({ pool }),
      deliveries: createDeliveries({ pool }),
      deadLetters: createDeadLetters({ pool }),
      queueDesk,
      lanes,
      providers: createProviders({ pool, holdWaiting: holdProviderDeliveries, wakeRelay }),
      jobs: createJobs({ pool }),
      jobActions: createJobActions({ pool, queues }),
      jobOperations: createJobOperations({ pool }),
      jobWhy: createJobWhy({ pool, desk: queueDesk, lanes }),
      workflows,
      recipients: createRecipients({ pool }),
      topics: createTopics({ pool }),
      endpoints,
      replays: createReplays({ pool, readLoad: (queue) => queueDesk.get(queue) }),
      savedViews: createSavedViews({ pool }),
      search,
      masking: createMasking({ pool }),
      identity,
      audit: createAudit({ pool }),
      inbox,
      live,
      picture: createPictureReader({ pool, hub: live }),
      thresholds: createThresholds({ pool, redis }),
      mailbox,
      figures: createInstanceFigures({ pool }),
      status: createStatusReader({ pool, redis, version, mailCatcher: settings.SIGNALBOX_MAIL_CATCHER }),
    },
    async close() {
      endEventStreams()
      await acceptor.drained()
      budget.close()
      await attachments.drained()
      await objectStore.close()
      await endpoints.close()
      await queueDesk.close()
      await renderer?.close()
      await queues.close()
      inbox.close()
      live.close()
      await identity.close()
      await searchIndex.close()
      await sharedMetrics.close()
      metrics.close()
      await platform.close()
    },
  }
}

let opening: Promise<App> | undefined

/** Opens platform and services, once, and registers this process. The entry awaits it before listening. */
export function openApp(): Promise<App> {
  opening ??= open()
  return opening
}

async function open(): Promise<App> {
  const settings = config()
  const name = settings.SIGNALBOX_PROCESS_NAME ?? 'api'
  const platform = await openPlatform({ name, side: 'api' })
  const app = assembleApp(platform)
  const id = settings.SIGNALBOX_PROCESS_ID ?? randomUUID()
  const registration: ProcessRegistration = await registerSelf(platform.pool, platform.log, {
    id,
    name,
    roles: ['api'],
    version,
    concurrency: {},
    busy: () => app.services.acceptor.pending > 0,
  })
  const reporter = reportCounters({ redis: platform.redis, counters: platform.counters, id, name, roles: ['api'] })
  const closeApp = app.close
  app.close = async () => {
    registration.stopping()
    await reporter.close()
    await registration.end()
    await closeApp()
  }
  provideApp(app)
  return app
}
