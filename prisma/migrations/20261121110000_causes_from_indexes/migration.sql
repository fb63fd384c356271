-- Whom the newest letters of a cause meet is counted whenever causes are looked at: from the index alone, where each letter was a page
-- of the table before. Letters are rare, so the wider entries cost what is rare; what they hold never changes once a letter is written.
-- The id is unique: what comes after it orders nothing. Key columns and not INCLUDE, which Prisma cannot tell from them.
DROP INDEX "dead_letter_cause_idx";
CREATE INDEX "dead_letter_cause_idx" ON "dead_letter" ("workspace_id", "cause_id", "id", "endpoint_id", "recipient_id", "workflow_key");

DROP INDEX "dead_letter_cause_open_idx";
CREATE INDEX "dead_letter_cause_open_idx" ON "dead_letter" ("workspace_id", "cause_id", "id", "endpoint_id", "recipient_id", "workflow_key", "event_type", "reached", "created_at", "attempts")
  WHERE ("state" = 'open');
