-- Rows that are written again within moments find room on their page: no new index entries (HOT). Pages that are full already stay so.
ALTER TABLE "outbox" SET (fillfactor = 60);
ALTER TABLE "delivery" SET (fillfactor = 65);
DO $$
DECLARE part regclass;
BEGIN
  FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent IN ('"event"'::regclass, '"attempt"'::regclass) LOOP
    EXECUTE format('ALTER TABLE %s SET (fillfactor = 60)', part);
  END LOOP;
END $$;
