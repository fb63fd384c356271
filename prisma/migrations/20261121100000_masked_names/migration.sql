-- Names of a workspace's own under which payloads are masked for those who may only look. A constant default: no row is written.
ALTER TABLE "workspace" ADD COLUMN "masked_names" text[] NOT NULL DEFAULT '{}';
