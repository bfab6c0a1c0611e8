-- What SQLite says in its own way.

-- name: begin-read
BEGIN

-- name: begin-write
BEGIN IMMEDIATE

-- name: begin-tree
BEGIN IMMEDIATE

-- name: begin-schema
BEGIN IMMEDIATE

-- name: has-tables
SELECT max(name = 'juncture_catalogue'), count(*) FROM sqlite_master WHERE type = 'table'

-- name: rename-below
UPDATE juncture_entries SET path = CAST(:path || substr(path, :from) AS BLOB)
WHERE path > :low AND path < :high

-- name: schema-1
CREATE TABLE juncture_entries (
  id INTEGER PRIMARY KEY,
  parent INTEGER REFERENCES juncture_entries (id),
  path BLOB NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  leads_to BLOB,
  size_bytes INTEGER
);
CREATE INDEX juncture_entries_parent ON juncture_entries (parent);
CREATE INDEX juncture_entries_links ON juncture_entries (path) WHERE kind = 'link';
CREATE TABLE juncture_locations (
  id INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL REFERENCES juncture_entries (id) ON DELETE CASCADE,
  url BLOB NOT NULL,
  UNIQUE (entry, url)
);
CREATE TABLE juncture_attributes (
  entry INTEGER NOT NULL REFERENCES juncture_entries (id) ON DELETE CASCADE,
  key BLOB NOT NULL,
  place INTEGER NOT NULL,
  value BLOB,
  PRIMARY KEY (entry, key, place)
);
CREATE INDEX juncture_attributes_values ON juncture_attributes (key, substr(value, 1, 64));
CREATE TABLE juncture_catalogue (version INTEGER NOT NULL);
INSERT INTO juncture_catalogue (version) VALUES (1);
INSERT INTO juncture_entries (path, kind) VALUES (CAST('/' AS BLOB), 'directory')
