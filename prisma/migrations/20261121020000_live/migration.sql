-- What the live picture keeps: samples, thresholds that were changed, and times in which a place was not well.

-- One row per moment, not per figure: 10 s for 7 days, 1 min for 30, 1 h for 90 (services/live/keep-samples.ts). Partitions by
-- resolution and time are made ahead and dropped whole (platform/postgres/partitions.ts).
CREATE TABLE "metric_sample" (
  -- Seconds that a sample stands for.
  "resolution" smallint NOT NULL,
  "at" timestamptz(3) NOT NULL,
  -- Zeros: of the instance.
  "workspace_id" uuid NOT NULL,
  -- Name -> number; a name that is missing was not known.
  "figures" jsonb NOT NULL,
  CONSTRAINT "metric_sample_pkey" PRIMARY KEY ("resolution", "workspace_id", "at")
) PARTITION BY RANGE ("resolution", "at");

CREATE TABLE "threshold" (
  "id" text NOT NULL,
  "limits" jsonb NOT NULL,
  "changed_at" timestamptz(3) NOT NULL DEFAULT now(),
  "changed_by" text NOT NULL,
  "changed_reason" text NOT NULL,
  CONSTRAINT "threshold_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "incident" (
  "id" uuid NOT NULL,
  -- A node of the topology.
  "node_id" text NOT NULL,
  "state" text NOT NULL,
  "reason" text NOT NULL,
  "began_at" timestamptz(3) NOT NULL,
  -- NULL while it goes on.
  "ended_at" timestamptz(3),
  CONSTRAINT "incident_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "incident_began_at_idx" ON "incident" ("began_at");

-- What people changed in a span of time: the marks on the map's scrubber.
CREATE INDEX "audit_entry_at_idx" ON "audit_entry" ("at");
