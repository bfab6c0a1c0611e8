-- What PostgreSQL says in its own way.

-- name: begin-read
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: begin-write
BEGIN; LOCK TABLE juncture_entries IN ROW EXCLUSIVE MODE

-- name: begin-tree
BEGIN; LOCK TABLE juncture_entries IN SHARE ROW EXCLUSIVE MODE

-- name: begin-schema
BEGIN; SELECT pg_advisory_xact_lock(7310579612)

-- name: has-tables
SELECT count(*), 0 FROM pg_class WHERE relname = 'juncture_catalogue' AND pg_table_is_visible(oid)

-- name: claim
SELECT id FROM juncture_entries WHERE id = :entry FOR NO KEY UPDATE

-- name: claim-name
SELECT id FROM juncture_entries WHERE path = :path AND kind <> 'link' FOR NO KEY UPDATE

-- name: rename-below
UPDATE juncture_entries SET path = :path || substr(path, :from)
WHERE path > :low AND path < :high

-- name: schema-1
CREATE TABLE juncture_entries (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent BIGINT REFERENCES juncture_entries (id),
  path BYTEA NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  leads_to BYTEA,
  size_bytes BIGINT
);
CREATE INDEX juncture_entries_parent ON juncture_entries (parent);
CREATE INDEX juncture_entries_links ON juncture_entries (path) WHERE kind = 'link';
CREATE TABLE juncture_locations (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry BIGINT NOT NULL REFERENCES juncture_entries (id) ON DELETE CASCADE,
  url BYTEA NOT NULL,
  UNIQUE (entry, url)
);
CREATE TABLE juncture_attributes (
  entry BIGINT NOT NULL REFERENCES juncture_entries (id) ON DELETE CASCADE,
  key BYTEA NOT NULL,
  place INTEGER NOT NULL,
  value BYTEA,
  PRIMARY KEY (entry, key, place)
);
CREATE INDEX juncture_attributes_values ON juncture_attributes (key, substr(value, 1, 64));
CREATE TABLE juncture_catalogue (version INTEGER NOT NULL);
INSERT INTO juncture_catalogue (version) VALUES (1);
INSERT INTO juncture_entries (path, kind) VALUES ('/'::bytea, 'directory')
