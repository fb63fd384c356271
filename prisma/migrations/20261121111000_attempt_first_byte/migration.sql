-- How long an attempt's receiver took from the written request to the first byte of its answer. Kept where the times of the connection are,
-- and of what failed; NULL of what was delivered on a kept connection, which is nearly everything under load: there it is all of duration_ms.
ALTER TABLE "attempt" ADD COLUMN "first_byte_ms" integer;
