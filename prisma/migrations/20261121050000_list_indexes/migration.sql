-- What lists filter by at a million rows. Only columns that never change after their insert, so that updates stay HOT.

-- An endpoint's deliveries, newest first: its page, and what waits for it.
CREATE INDEX "delivery_endpoint_idx" ON "delivery" ("endpoint_id", "id") WHERE ("endpoint_id" IS NOT NULL);

-- Sent to this address, upper and lower case alike. Prisma cannot say this one.
CREATE INDEX "notification_address_idx" ON "notification" ("workspace_id", lower("address"), "id") WHERE ("address" IS NOT NULL);

-- The letter of an event whose fan-out failed.
CREATE INDEX "dead_letter_event_idx" ON "dead_letter" ("event_id") WHERE ("delivery_id" IS NULL);
