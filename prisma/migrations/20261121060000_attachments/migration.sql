-- Files that events refer to. The bytes live in the object store, under keys that follow from workspace and id.
CREATE TABLE "attachment" (
  "workspace_id" uuid NOT NULL,
  "id" uuid NOT NULL,
  "filename" text NOT NULL,
  -- As declared; the bytes were found to agree when it is ready.
  "content_type" text NOT NULL,
  "size" bigint NOT NULL,
  -- Hexadecimal. Declared, or NULL; measured from the check on.
  "sha256" text,
  -- created -> uploading -> checking -> ready | rejected. A store of somebody else's does not tell us of its first byte: uploading is
  -- seen only where the upload has parts.
  "state" text NOT NULL,
  -- Why it was rejected, or what its check waits for.
  "reason" text,
  -- [{ name, outcome: passed | failed | skipped, detail }]
  "checks" jsonb NOT NULL DEFAULT '[]',
  -- Deleted with this recipient.
  "recipient_id" text,
  -- The store's name of an upload in parts, and how large each is.
  "upload_id" text,
  "part_size" integer,
  -- none | wanted | made | failed
  "thumbnail" text NOT NULL DEFAULT 'none',
  -- While checking: whoever checks keeps this in the future; when it has passed, somebody else takes over.
  "checking_until" timestamptz(3),
  "upload_until" timestamptz(3) NOT NULL,
  "created_by" text NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "ready_at" timestamptz(3),
  CONSTRAINT "attachment_pkey" PRIMARY KEY ("workspace_id", "id")
);
CREATE INDEX "attachment_open_idx" ON "attachment" ("state", "upload_until") WHERE (state <> 'ready'::text);
CREATE INDEX "attachment_thumbnail_idx" ON "attachment" ("id") WHERE (thumbnail = 'wanted'::text);
CREATE INDEX "attachment_ready_idx" ON "attachment" ("ready_at") WHERE (state = 'ready'::text);
CREATE INDEX "attachment_recipient_idx" ON "attachment" ("workspace_id", "recipient_id") WHERE (recipient_id IS NOT NULL);

-- Which events refer to a file; written by the transaction that accepts the event. Kept when the file is deleted.
CREATE TABLE "attachment_use" (
  "workspace_id" uuid NOT NULL,
  "attachment_id" uuid NOT NULL,
  "event_id" uuid NOT NULL,
  CONSTRAINT "attachment_use_pkey" PRIMARY KEY ("workspace_id", "attachment_id", "event_id")
);

-- What a workspace's files take, for its cap: never counted, always kept by the transaction that changes it.
CREATE TABLE "attachment_usage" (
  "workspace_id" uuid NOT NULL,
  "files" integer NOT NULL DEFAULT 0,
  "bytes" bigint NOT NULL DEFAULT 0,
  CONSTRAINT "attachment_usage_pkey" PRIMARY KEY ("workspace_id")
);

-- Objects that nothing refers to any more. Written by the transaction that took the last reference away, deleted when the store has
-- forgotten the object: a store that is down, and a crash in between, leave nothing behind.
CREATE TABLE "object_garbage" (
  "key" text NOT NULL,
  "upload_id" text,
  "due_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "object_garbage_pkey" PRIMARY KEY ("key")
);
CREATE INDEX "object_garbage_due_at_idx" ON "object_garbage" ("due_at");
