-- Words of three letters join the vocabulary: what it knows is looked for as a whole word, which costs a search of a million documents
-- a few milliseconds, and what it does not know by its beginning, which costs a hundred where many begin so.
DO $$
DECLARE kind text;
BEGIN
  FOREACH kind IN ARRAY ARRAY['notification', 'dead-letter', 'cause', 'recipient', 'article'] LOOP
    EXECUTE format(
      'INSERT INTO "search"."word" ("workspace_id", "kind", "word", "documents")
       SELECT d.workspace_id, %L, u.lexeme, count(*)::int FROM "search".%I d CROSS JOIN LATERAL unnest(d.words) u
       WHERE length(u.lexeme) = 3 AND u.lexeme ~ ''^[[:alpha:]]{3}$'' GROUP BY d.workspace_id, u.lexeme
       ON CONFLICT ("workspace_id", "kind", "word") DO UPDATE SET "documents" = EXCLUDED."documents"',
      kind, replace(kind, '-', '_') || '_document');
  END LOOP;
END $$;
