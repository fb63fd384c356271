-- Search: what is to be indexed stands in the outbox, what was indexed by Postgres itself in the schema "search"
-- (docs/decisions/0035-search.md).

-- What a row of kind `index` names: notifications, dead letters. One row for a whole statement of them; NULL for all other work.
ALTER TABLE "outbox" ADD COLUMN "subjects" uuid[];

-- Spelling: words that look alike.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- One table for each kind of document. Only what finds and filters: what is shown is read from the rows themselves.
DO $$
DECLARE kind text;
BEGIN
  FOREACH kind IN ARRAY ARRAY['notification', 'dead_letter', 'cause', 'recipient', 'article'] LOOP
    EXECUTE format($table$
      CREATE TABLE "search".%1$I (
        "workspace_id" uuid NOT NULL,
        "id" text NOT NULL,
        -- Words, A for titles to D for names and addresses, and the filters as lexemes that no word can be ('@channel:email').
        "words" tsvector NOT NULL,
        -- When the thing was made.
        "at" timestamptz(3) NOT NULL,
        -- What was indexed, as a hash: the checker compares it with the rows.
        "fingerprint" text NOT NULL,
        CONSTRAINT %2$I PRIMARY KEY ("workspace_id", "id")
      )$table$, kind || '_document', kind || '_document_pkey');
    -- The pending list is read by every search: kept short.
    EXECUTE format('CREATE INDEX %2$I ON "search".%1$I USING gin ("words") WITH (gin_pending_list_limit = 512)', kind || '_document', kind || '_document_words_idx');
    -- For words that nearly every document has: the newest first, until there are enough.
    EXECUTE format('CREATE INDEX %2$I ON "search".%1$I ("workspace_id", "at" DESC)', kind || '_document', kind || '_document_at_idx');
  END LOOP;
END $$;

-- The vocabulary of a workspace: how many documents have a word. What no document has any more is gone from here too.
CREATE TABLE "search"."word" (
  "workspace_id" uuid NOT NULL,
  "kind" text NOT NULL,
  "word" text NOT NULL COLLATE "C",
  "documents" integer NOT NULL,
  CONSTRAINT "word_pkey" PRIMARY KEY ("workspace_id", "kind", "word")
) WITH (fillfactor = 70);
CREATE INDEX "word_trgm_idx" ON "search"."word" USING gin ("word" gin_trgm_ops);

-- What stands in the tables already is indexed by the first worker that comes: one row per workspace and kind asks for it.
INSERT INTO "outbox" ("id", "kind", "workspace_id", "queue", "lane", "due_at", "leased", "cursor")
SELECT gen_random_uuid(), 'index', w.id, 'index', w.id, now(), false, 'all:' || k.kind
FROM "workspace" w CROSS JOIN unnest(ARRAY['notification', 'dead-letter', 'cause', 'recipient']) AS k(kind);
