-- What may have been sent, found among millions: no index of "delivery" may name its state, which every transition changes (HOT).
-- Written when a delivery becomes maybe-sent and never again; a late yes leaves its row behind, so a reader looks at the state too.
CREATE TABLE "maybe_sent" (
  "workspace_id" uuid NOT NULL,
  "delivery_id" uuid NOT NULL,
  CONSTRAINT "maybe_sent_pkey" PRIMARY KEY ("workspace_id", "delivery_id")
);
INSERT INTO "maybe_sent" SELECT workspace_id, id FROM "delivery" WHERE "state" = 'maybe-sent';
