-- What is asked of a catalogue, for every database alike. `:name` is a value. Texts are bytes, so
-- that every legal name is kept as it is, whatever the encoding of the database.

-- name: entry
SELECT id, path, kind, leads_to, size_bytes FROM juncture_entries WHERE path = :path

-- name: entry-or-link-above
SELECT id, path, kind, leads_to, size_bytes FROM juncture_entries WHERE path = :path
UNION ALL SELECT * FROM (
  SELECT id, path, kind, leads_to, size_bytes FROM juncture_entries
  WHERE kind = 'link' AND substr(:path, 1, length(path)) = path
    AND substr(:path, length(path) + 1, 1) = :slash
  ORDER BY length(path) LIMIT 1
) AS above
LIMIT 1

-- name: entry-locations
SELECT juncture_entries.id, path, kind, leads_to, size_bytes, url FROM juncture_entries
LEFT JOIN juncture_locations ON entry = juncture_entries.id
WHERE path = :path ORDER BY juncture_locations.id

-- name: entry-attributes
SELECT id, path, kind, leads_to, size_bytes, key, place, value FROM juncture_entries
LEFT JOIN juncture_attributes ON entry = id
WHERE path = :path ORDER BY key, place

-- name: entry-attribute
SELECT id, path, kind, leads_to, size_bytes, key, place, value FROM juncture_entries
LEFT JOIN juncture_attributes ON entry = id AND key = :key
WHERE path = :path ORDER BY place

-- name: entry-children
SELECT folder.id, folder.path, folder.kind, folder.leads_to, folder.size_bytes, child.path
FROM juncture_entries AS folder LEFT JOIN juncture_entries AS child ON child.parent = folder.id
WHERE folder.path = :path ORDER BY child.path

-- name: children
SELECT id, path, kind, leads_to, size_bytes FROM juncture_entries
WHERE parent = :entry ORDER BY path

-- name: below
SELECT id, path, kind, leads_to, size_bytes FROM juncture_entries
WHERE path > :low AND path < :high ORDER BY path

-- name: has-children
SELECT 1 FROM juncture_entries WHERE parent = :entry LIMIT 1

-- name: add-entry
INSERT INTO juncture_entries (parent, path, kind, leads_to, size_bytes)
VALUES (:parent, :path, :kind, :leads_to, :size) ON CONFLICT (path) DO NOTHING

-- name: remove-entry
DELETE FROM juncture_entries WHERE id = :entry

-- name: remove-below
DELETE FROM juncture_entries WHERE path > :low AND path < :high

-- name: rename-entry
UPDATE juncture_entries SET path = :path, parent = :parent WHERE id = :entry

-- name: set-size
UPDATE juncture_entries SET size_bytes = :size WHERE id = :entry

-- name: locations
SELECT url FROM juncture_locations WHERE entry = :entry ORDER BY id

-- name: add-location
INSERT INTO juncture_locations (entry, url) VALUES (:entry, :url)
ON CONFLICT (entry, url) DO NOTHING

-- name: remove-location
DELETE FROM juncture_locations WHERE entry = :entry AND url = :url

-- name: update-location
UPDATE juncture_locations SET url = :new WHERE entry = :entry AND url = :old

-- name: attributes
SELECT key, place, value FROM juncture_attributes WHERE entry = :entry ORDER BY key, place

-- name: add-attribute
INSERT INTO juncture_attributes (entry, key, place, value) VALUES (:entry, :key, :place, :value)

-- name: remove-attribute
DELETE FROM juncture_attributes WHERE entry = :entry AND key = :key

-- name: with-value
SELECT DISTINCT juncture_entries.path FROM juncture_attributes
JOIN juncture_entries ON juncture_entries.id = juncture_attributes.entry
WHERE key = :key AND substr(value, 1, 64) = :head AND value = :value
  AND path > :low AND path < :high

-- name: with-key
SELECT juncture_entries.path, key, value FROM juncture_attributes
JOIN juncture_entries ON juncture_entries.id = juncture_attributes.entry
WHERE key = :key AND path > :low AND path < :high

-- name: with-attributes
SELECT juncture_entries.path, key, value FROM juncture_attributes
JOIN juncture_entries ON juncture_entries.id = juncture_attributes.entry
WHERE path > :low AND path < :high

-- name: version
SELECT max(version) FROM juncture_catalogue
