-- Levers of a queue that work while it runs: concurrency, a rate, limits of single lanes; and actions on many jobs.

ALTER TABLE "queue_setting"
  -- Rows that the relay may hand over per second; NULL = as many as the lanes have room for.
  ADD COLUMN "rate_per_second" double precision,
  -- The bucket of that rate, kept by whichever relay has its turn: exact over any number of relays and their restarts.
  ADD COLUMN "rate_tokens" double precision,
  ADD COLUMN "rate_at" timestamptz(6),
  ADD COLUMN "changed_at" timestamptz(3),
  ADD COLUMN "changed_by" text,
  ADD COLUMN "changed_reason" text;

-- Rows of one lane that may be handed over at the same time, instead of the queue's own share.
CREATE TABLE "lane_limit" (
  "queue" text NOT NULL,
  "lane" uuid NOT NULL,
  "rows" integer NOT NULL,
  "set_at" timestamptz(3) NOT NULL DEFAULT now(),
  "set_by" text NOT NULL,
  "reason" text NOT NULL,
  CONSTRAINT "lane_limit_pkey" PRIMARY KEY ("queue", "lane")
);

-- One action on all jobs that a filter matched: done in steps by the workers of the queue `replay`, resumed after a death.
CREATE TABLE "job_operation" (
  "id" uuid NOT NULL,
  "workspace_id" uuid NOT NULL,
  -- Jobs of every workspace: an operator of the instance asked for it.
  "everywhere" boolean NOT NULL DEFAULT false,
  "queue" text NOT NULL,
  "action" text NOT NULL,
  "filter" jsonb NOT NULL,
  "state" text NOT NULL,
  -- The selection is what matched at this moment: ids up to this one, states as of this time.
  "cutoff_id" uuid NOT NULL,
  "as_of" timestamptz(3) NOT NULL,
  -- How far the steps have come.
  "cursor" uuid,
  "total" integer NOT NULL,
  "done" integer NOT NULL DEFAULT 0,
  "skipped" integer NOT NULL DEFAULT 0,
  "reason" text NOT NULL,
  "started_by" text NOT NULL,
  "stop_reason" text,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "finished_at" timestamptz(3),
  CONSTRAINT "job_operation_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "job_operation_queue_id_idx" ON "job_operation" ("queue", "id");
