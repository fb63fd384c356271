-- What opening the connection of an attempt took: name and TCP, then the TLS handshake. NULL where a kept connection was used, which
-- is nearly always under load: the row is then no longer than before.
ALTER TABLE "attempt" ADD COLUMN "connect_ms" integer, ADD COLUMN "tls_ms" integer;
