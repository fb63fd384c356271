-- Who owns the instance, and which sessions and keys that reaches (docs/decisions/0021-sessions-and-roles.md).

-- May act on what every workspace shares: queues, workers, lanes, thresholds, operators, workspaces.
ALTER TABLE "operator" ADD COLUMN "instance" boolean NOT NULL DEFAULT false;
-- Grows with a password change and with disabling: sessions remember the number they began with and end when it differs.
ALTER TABLE "operator" ADD COLUMN "session_epoch" integer NOT NULL DEFAULT 0;
ALTER TABLE "operator" ADD COLUMN "last_sign_in_at" timestamptz(3);
-- The first operator installed the instance.
UPDATE "operator" SET "instance" = true WHERE "id" = (SELECT "id" FROM "operator" ORDER BY "id" LIMIT 1);

-- The same for keys. Those that exist could do so until today and keep it.
ALTER TABLE "api_key" ADD COLUMN "instance" boolean NOT NULL DEFAULT false;
UPDATE "api_key" SET "instance" = true WHERE "scopes" && ARRAY['operate', 'admin'];

CREATE INDEX "membership_operator_id_idx" ON "membership" ("operator_id");
