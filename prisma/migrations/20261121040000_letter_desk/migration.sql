-- What the dead letters' pages stand on: filters that stay fast, words to search, discards that can be undone, replays in steps.

ALTER TABLE "dead_letter"
  -- Did anything of it get out: never, answered (the other side took it and said no), maybe (sent, and no answer came).
  ADD COLUMN "reached" text NOT NULL DEFAULT 'never',
  -- Who closed it: the name of an operator or a key.
  ADD COLUMN "closed_by" text,
  -- The discard that closed it, so that it can be undone.
  ADD COLUMN "discard_id" uuid,
  -- The step of its replay in which it was sent.
  ADD COLUMN "replay_stage" integer;
UPDATE "dead_letter" SET "reached" = CASE
  WHEN "error_code" IN ('timeout', 'connection-lost', 'invalid-response', 'poison') THEN 'maybe'
  WHEN "error_code" ~ '^(http|smtp)-' THEN 'answered' ELSE 'never' END;

-- Each ends with the id, so that a filtered page is read in its order and no further than its last line.
CREATE INDEX "dead_letter_cause_open_idx" ON "dead_letter" ("workspace_id", "cause_id", "id") WHERE ("state" = 'open');
CREATE INDEX "dead_letter_type_idx" ON "dead_letter" ("workspace_id", "event_type", "id");
CREATE INDEX "dead_letter_endpoint_idx" ON "dead_letter" ("workspace_id", "endpoint_id", "id") WHERE ("endpoint_id" IS NOT NULL);
CREATE INDEX "dead_letter_recipient_idx" ON "dead_letter" ("workspace_id", "recipient_id", "id") WHERE ("recipient_id" IS NOT NULL);
CREATE INDEX "dead_letter_workflow_idx" ON "dead_letter" ("workspace_id", "workflow_key", "id") WHERE ("workflow_key" IS NOT NULL);
CREATE INDEX "dead_letter_of_event_idx" ON "dead_letter" ("event_id");
CREATE INDEX "dead_letter_previous_idx" ON "dead_letter" ("previous_id") WHERE ("previous_id" IS NOT NULL);
CREATE INDEX "dead_letter_discard_idx" ON "dead_letter" ("discard_id", "id") WHERE ("discard_id" IS NOT NULL);
CREATE INDEX "dead_letter_closed_idx" ON "dead_letter" ("workspace_id", "state", "id") WHERE ("state" <> 'open');

-- A replay's progress is read from its index alone, step by step.
DROP INDEX "dead_letter_replay_idx";
CREATE INDEX "dead_letter_replay_idx" ON "dead_letter" ("replay_id", "state", "outcome", "replay_stage") WHERE ("replay_id" IS NOT NULL);

ALTER TABLE "cause" ADD COLUMN "discarded_letters" integer NOT NULL DEFAULT 0;
ALTER TABLE "cause_delta" ADD COLUMN "discarded" integer NOT NULL DEFAULT 0;
UPDATE "cause" c SET "discarded_letters" = d.n
FROM (SELECT cause_id, count(*)::int AS n FROM "dead_letter" WHERE "state" = 'discarded' GROUP BY cause_id) d WHERE d.cause_id = c.id;

-- Letters of a cause by the hour they died in, rolled up with the cause: a trend needs no count of letters.
CREATE TABLE "cause_hour" (
  "cause_id" uuid NOT NULL,
  "hour" timestamptz(3) NOT NULL,
  "letters" integer NOT NULL,
  CONSTRAINT "cause_hour_pkey" PRIMARY KEY ("cause_id", "hour")
);
INSERT INTO "cause_hour" SELECT cause_id, date_trunc('hour', created_at, 'UTC'), count(*)::int FROM "dead_letter"
WHERE created_at > now() - interval '48 hours' GROUP BY 1, 2;

-- One press of "discard".
CREATE TABLE "letter_discard" (
  "id" uuid NOT NULL,
  "workspace_id" uuid NOT NULL,
  "filter" jsonb NOT NULL,
  "reason" text NOT NULL,
  "letters" integer NOT NULL DEFAULT 0,
  "discarded_by" text NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "undone_at" timestamptz(3),
  "undone_by" text,
  CONSTRAINT "letter_discard_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "letter_discard_workspace_id_id_idx" ON "letter_discard" ("workspace_id", "id");

-- Filters under a name, of a workspace.
CREATE TABLE "saved_view" (
  "id" uuid NOT NULL,
  "workspace_id" uuid NOT NULL,
  "page" text NOT NULL,
  "name" text NOT NULL,
  "query" jsonb NOT NULL,
  "created_by" text NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "saved_view_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "saved_view_workspace_id_page_name_key" ON "saved_view" ("workspace_id", "page", "name");

ALTER TABLE "replay"
  -- Letters of the steps between the canary and the rest.
  ADD COLUMN "steps" integer[] NOT NULL DEFAULT '{}',
  -- How long a step's results have to stay good before the next begins.
  ADD COLUMN "wait_seconds" integer NOT NULL DEFAULT 0,
  -- Steps begun so far: [{ round, kind, size, startedAt, endedAt }].
  ADD COLUMN "stages" jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN "round" integer NOT NULL DEFAULT 1,
  -- JSON Patch (RFC 6902) that makes an edited copy of each letter; NULL = the letters as they are.
  ADD COLUMN "patch" jsonb,
  -- Letters that the patch does not fit; they stay open.
  ADD COLUMN "refused" integer NOT NULL DEFAULT 0;

-- Words of letters. A table of its own, written once: closing a letter must not index its text again.
CREATE SCHEMA IF NOT EXISTS "search";
CREATE TABLE "search"."letter_words" (
  "workspace_id" uuid NOT NULL,
  "letter_id" uuid NOT NULL,
  "words" tsvector NOT NULL,
  CONSTRAINT "letter_words_pkey" PRIMARY KEY ("letter_id")
);
CREATE INDEX "letter_words_words_idx" ON "search"."letter_words" USING gin ("words");
-- Everything that is not a letter or a digit parts two words. Only the first 20,000 characters are looked at.
CREATE FUNCTION "search"."words_of"("body" text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT to_tsvector('simple', regexp_replace(lower(left("body", 20000)), '[^[:alnum:]]+', ' ', 'g')) $$;
-- What a person typed, each word from its beginning; NULL when there is no word in it.
CREATE FUNCTION "search"."query_of"("typed" text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT to_tsquery('simple', regexp_replace(nullif(trim(regexp_replace(lower("typed"), '[^[:alnum:]]+', ' ', 'g')), ''), ' +', ':* & ', 'g') || ':*') $$;
INSERT INTO "search"."letter_words"
SELECT workspace_id, id, "search"."words_of"(error_message || ' ' || event_type || ' ' || coalesce(recipient_id, '') || ' ' || snapshot) FROM "dead_letter";
