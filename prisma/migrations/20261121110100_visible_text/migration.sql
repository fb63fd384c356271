-- What of a text people see who may only look: the patterns of shared/redact.ts once more, so that their searches match what they are
-- shown and nothing else. What looks like a secret is taken out at least as widely as there. tests/integration/masked-messages.test.ts
-- holds the two together.
CREATE FUNCTION "search"."visible_of"("source" text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(source,
    '[^\s@"''<>,;]+@[^\s@"''<>,;]+\.[^\s@"''<>,;]+', '•••', 'g'),
    '(?<![A-Za-z0-9_])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*', '•••', 'g'),
    '(?<![A-Za-z0-9_])(?:sk|pk|rk|sb|ghp|gho|ghs|xox[abp]|whsec|AKIA)[-_][A-Za-z0-9_-]{12,}', '•••', 'g'),
    '(?<![A-Za-z0-9_])AKIA[A-Z0-9]{16}(?![A-Za-z0-9_])', '•••', 'g'),
    '(?<![A-Za-z0-9_])[Bb]earer\s+[A-Za-z0-9._~+/-]{8,}=*', '•••', 'g'),
    -- A key from its first line to the end of the text: Postgres cannot stop at the first end of several.
    '-----BEGIN [A-Z ]+-----.*', '•••', 'g'),
    -- A word's edge, as there: after a digit, or before a letter when a blank came last.
    '(?<![A-Za-z0-9_])(?:[0-9][ -]?){13,19}(?:(?<=[0-9])(?![A-Za-z0-9_])|(?<=[ -])(?=[A-Za-z0-9_]))', '•••', 'g'),
    '(?<![A-Za-z0-9_])[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}(?![A-Za-z0-9_])', '•••', 'g'),
    '(?<![A-Za-z0-9_.])\+[0-9][0-9 ()-]{7,18}[0-9](?![A-Za-z0-9_])', '•••', 'g')
$$;
