-- An event's priority, for as long as its work waits here (docs/decisions/0045-priority.md). Rows that are born leased, which is what
-- the path's fast lane writes, are in none of these indexes.
ALTER TABLE "outbox" ADD COLUMN "priority" smallint NOT NULL DEFAULT 0;
CREATE INDEX "outbox_turn_idx" ON "outbox" ("queue", "lane", "priority", "due_at") WHERE (NOT "leased" AND NOT "suspect");
