-- The audit can be proven: every entry is sealed into a chain of hashes (docs/decisions/0022-audit-chain.md).

-- NULL: an entry of the instance, of no workspace (sign-ins, operators).
ALTER TABLE "audit_entry" ALTER COLUMN "workspace_id" DROP NOT NULL;
CREATE INDEX "audit_entry_subject_idx" ON "audit_entry" ("workspace_id", "subject_kind", "subject_id", "id");

-- One row per chain: its head. A chain is a workspace's id, or the nil UUID for the instance. Locked at the very end of a transaction.
CREATE TABLE "audit_chain" (
  "chain" uuid NOT NULL,
  "length" bigint NOT NULL,
  "hash" bytea NOT NULL,
  CONSTRAINT "audit_chain_pkey" PRIMARY KEY ("chain")
);

-- One row per entry: its place in the chain, and SHA-256 over the seal before it and its own content.
CREATE TABLE "audit_seal" (
  "chain" uuid NOT NULL,
  "position" bigint NOT NULL,
  "entry_id" bigint NOT NULL,
  "hash" bytea NOT NULL,
  CONSTRAINT "audit_seal_pkey" PRIMARY KEY ("chain", "position")
);
CREATE UNIQUE INDEX "audit_seal_entry_id_key" ON "audit_seal" ("entry_id");

-- The content of an entry as one text: fields as `length:value`, NULL as `-`. services/audit/verify-audit.rules.ts says the same.
CREATE FUNCTION "audit_field"(value text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(octet_length(value) || ':' || value, '-') $$;

CREATE FUNCTION "audit_seal_entry"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  of_chain uuid := coalesce(NEW.workspace_id, '00000000-0000-0000-0000-000000000000');
  head audit_chain%ROWTYPE;
  content text;
BEGIN
  INSERT INTO audit_chain (chain, length, hash) VALUES (of_chain, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
  SELECT * INTO STRICT head FROM audit_chain WHERE chain = of_chain FOR UPDATE;
  content := audit_field((head.length + 1)::text) || audit_field(NEW.id::text) || audit_field(NEW.workspace_id::text)
    || audit_field(to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    || audit_field(NEW.actor_kind) || audit_field(NEW.actor_id) || audit_field(NEW.actor_name)
    || audit_field(NEW.action) || audit_field(NEW.subject_kind) || audit_field(NEW.subject_id)
    || audit_field(NEW.reason) || audit_field(NEW.details::text);
  head.hash := sha256(head.hash || convert_to(content, 'UTF8'));
  INSERT INTO audit_seal (chain, position, entry_id, hash) VALUES (of_chain, head.length + 1, NEW.id, head.hash);
  UPDATE audit_chain SET length = head.length + 1, hash = head.hash WHERE chain = of_chain;
  RETURN NULL;
END $$;

-- Deferred: at COMMIT, after everything else that the transaction locks. So whoever waits for a head holds nothing that its owner
-- still needs, and nobody waits for longer than another's commit takes.
CREATE CONSTRAINT TRIGGER "audit_entry_seal" AFTER INSERT ON "audit_entry"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "audit_seal_entry"();

-- What stands from before is sealed as it is.
DO $$
DECLARE entry audit_entry%ROWTYPE; head audit_chain%ROWTYPE; content text;
BEGIN
  FOR entry IN SELECT * FROM audit_entry ORDER BY id LOOP
    INSERT INTO audit_chain (chain, length, hash) VALUES (entry.workspace_id, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM audit_chain WHERE chain = entry.workspace_id;
    content := audit_field((head.length + 1)::text) || audit_field(entry.id::text) || audit_field(entry.workspace_id::text)
      || audit_field(to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      || audit_field(entry.actor_kind) || audit_field(entry.actor_id) || audit_field(entry.actor_name)
      || audit_field(entry.action) || audit_field(entry.subject_kind) || audit_field(entry.subject_id)
      || audit_field(entry.reason) || audit_field(entry.details::text);
    head.hash := sha256(head.hash || convert_to(content, 'UTF8'));
    INSERT INTO audit_seal (chain, position, entry_id, hash) VALUES (head.chain, head.length + 1, entry.id, head.hash);
    UPDATE audit_chain SET length = head.length + 1, hash = head.hash WHERE chain = head.chain;
  END LOOP;
END $$;

-- Appended, never changed. The head of a chain moves, and is never taken away.
CREATE FUNCTION "audit_refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The audit is append-only: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER "audit_entry_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entry"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse_change"();
CREATE TRIGGER "audit_seal_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_seal"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse_change"();
CREATE TRIGGER "audit_chain_append_only" BEFORE DELETE OR TRUNCATE ON "audit_chain"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse_change"();
