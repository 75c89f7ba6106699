-- The catalog: what is in the vault, where it was found and what became of it. It is the truth; the index is derived.
-- Times are microseconds since 1970-01-01 UTC, NULL where there is none. Paths and names are BLOBs: any bytes.

CREATE TABLE vault (
  key   TEXT PRIMARY KEY,            -- 'id', 'timezone', ...
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE matter (
  id       INTEGER PRIMARY KEY,
  code     TEXT NOT NULL UNIQUE COLLATE NOCASE,   -- 'ACME-01', what the user types
  title    TEXT NOT NULL DEFAULT '',
  client   TEXT NOT NULL DEFAULT '',
  timezone TEXT NOT NULL,
  created  INTEGER NOT NULL
);

-- A merged custodian keeps its row and points at the one that stands for it; undoing the merge clears the pointer.
CREATE TABLE custodian (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE COLLATE NOCASE,
  merged_into INTEGER REFERENCES custodian(id),
  created     INTEGER NOT NULL
);
CREATE TABLE custodian_alias (
  alias        TEXT PRIMARY KEY COLLATE NOCASE,
  custodian_id INTEGER NOT NULL REFERENCES custodian(id)
) WITHOUT ROWID;

-- One execution of a command that brings in or re-reads documents, with the settings it was given.
CREATE TABLE run (
  id           INTEGER PRIMARY KEY,
  command      TEXT NOT NULL,        -- 'ingest', 'exception retry', ...
  settings     TEXT NOT NULL,        -- JSON
  started      INTEGER NOT NULL,
  finished     INTEGER,              -- NULL: running, or ended without finishing
  actor        TEXT NOT NULL,
  host         TEXT NOT NULL,
  version      TEXT NOT NULL,        -- of holdfast
  sources      INTEGER NOT NULL DEFAULT 0, -- files seen by the crawl
  found        INTEGER NOT NULL DEFAULT 0,
  new          INTEGER NOT NULL DEFAULT 0,
  duplicate    INTEGER NOT NULL DEFAULT 0,
  unchanged    INTEGER NOT NULL DEFAULT 0,
  excluded     INTEGER NOT NULL DEFAULT 0,
  exception    INTEGER NOT NULL DEFAULT 0,
  containers   INTEGER NOT NULL DEFAULT 0, -- opened; places, in no bucket
  gone         INTEGER NOT NULL DEFAULT 0, -- files of earlier runs that are not there now
  moved        INTEGER NOT NULL DEFAULT 0
);

-- A folder or file that was named to `ingest`, for one matter, in one way, for one custodian: named again for another, it is
-- another source, so that what was found for the first stays.
CREATE TABLE source (
  id        INTEGER PRIMARY KEY,
  root      BLOB NOT NULL,           -- absolute
  matter_id INTEGER REFERENCES matter(id),
  single    INTEGER NOT NULL DEFAULT 0, -- 1: root is one file, not a folder
  in_place  INTEGER NOT NULL DEFAULT 0,
  custodian TEXT NOT NULL DEFAULT '' COLLATE NOCASE, -- as it was named, or the pattern that finds it; '' none
  created   INTEGER NOT NULL
);
CREATE UNIQUE INDEX source_by_root ON source(root, coalesce(matter_id, 0), single, in_place, custodian);

CREATE TABLE folder (
  id        INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES source(id),
  parent    BLOB,                    -- path of the folder above; NULL for the root itself
  path      BLOB NOT NULL,           -- below the root, no slash at either end; '' is the root
  UNIQUE (source_id, path)
);
CREATE INDEX folder_by_parent ON folder(source_id, parent, path);

-- One file of a source, as it was when it was last read. The device is left out: it changes on a remount.
CREATE TABLE source_file (
  id           INTEGER PRIMARY KEY,
  folder_id    INTEGER NOT NULL REFERENCES folder(id),
  name         BLOB NOT NULL,
  inode        INTEGER NOT NULL,
  size         INTEGER NOT NULL,
  mtime_ns     INTEGER NOT NULL,
  ctime_ns     INTEGER NOT NULL,
  scanned      INTEGER NOT NULL,     -- when it was read
  custodian_id INTEGER REFERENCES custodian(id),
  sha256       BLOB,                 -- of its bytes; NULL if they could not be read
  items        INTEGER NOT NULL DEFAULT 0, -- documents that it and its members came to, for the balance
  excluded     INTEGER NOT NULL DEFAULT 0, -- of them, left out (known files)
  settings     INTEGER NOT NULL DEFAULT 0, -- digest of the settings that left it out
  complete     INTEGER NOT NULL DEFAULT 0, -- 0: a run ended before it was read whole; read it again
  first_run    INTEGER NOT NULL REFERENCES run(id),
  last_run     INTEGER NOT NULL REFERENCES run(id), -- that read it
  gone_run     INTEGER REFERENCES run(id),          -- that found it gone; NULL while it is there
  moved_from   INTEGER REFERENCES source_file(id),
  UNIQUE (folder_id, name)
);
CREATE INDEX source_file_by_inode ON source_file(inode, size, mtime_ns);
CREATE INDEX source_file_by_custodian ON source_file(custodian_id);

-- A parent and its children: the unit of storage, encryption, deduplication, holds and destruction.
CREATE TABLE family (
  id          INTEGER PRIMARY KEY,
  matter_id   INTEGER REFERENCES matter(id),  -- NULL: the firm's general records
  state       INTEGER NOT NULL DEFAULT 0,     -- 0 live; the retention issue adds others
  documents   INTEGER NOT NULL,
  family_date INTEGER,                        -- the parent's review date
  mih         BLOB,                           -- EDRM Message Identification Hash of the parent; NULL without Message-ID
  run_id      INTEGER NOT NULL REFERENCES run(id)
);
CREATE INDEX family_not_live ON family(id) WHERE state <> 0;

-- Which documents are a matter's: control numbers in a row that one matter was given. They are given in order, so that a run
-- for one matter is one row, however many documents it brings.
CREATE TABLE matter_span (
  first     INTEGER PRIMARY KEY,
  last      INTEGER NOT NULL,
  matter_id INTEGER NOT NULL         -- 0: none
);
CREATE INDEX matter_span_by_matter ON matter_span(matter_id);

-- What a family is recognised by within a matter (domain-facts "Deduplication"); a family has one for its bytes and, if it
-- is mail, one for its recipe; bytes of later instances are added.
CREATE TABLE family_key (
  matter_id INTEGER NOT NULL,        -- 0: none
  key       BLOB NOT NULL,           -- 'b' or 'm', then the recipe's version byte, then 32 bytes
  family_id INTEGER NOT NULL REFERENCES family(id),
  PRIMARY KEY (matter_id, key)
) WITHOUT ROWID;

CREATE TABLE media_type (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

-- Domains of senders, lower case: what stands behind the last @ of a message's first From address. The index has the ids.
CREATE TABLE domain (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE pack (
  id   INTEGER PRIMARY KEY,          -- number in the file name
  end  INTEGER NOT NULL,             -- first byte after the last known object
  slots INTEGER NOT NULL             -- first key slot after the last known
);

CREATE TABLE object (
  id        INTEGER PRIMARY KEY,
  family_id INTEGER NOT NULL REFERENCES family(id),
  pack_id   INTEGER NOT NULL REFERENCES pack(id) DEFERRABLE INITIALLY DEFERRED, -- written with the batch's end
  slot      INTEGER NOT NULL,
  offset    INTEGER NOT NULL,
  stored    INTEGER NOT NULL,
  size      INTEGER NOT NULL,
  sha256    BLOB NOT NULL            -- of the content, checked at every full read
);
CREATE INDEX object_by_family ON object(family_id);
CREATE INDEX object_by_pack ON object(pack_id, offset); -- verify reads in this order, and must not sort all in memory

-- id is the control number (HF0000123) and the document's id in the index.
CREATE TABLE document (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  family_id     INTEGER NOT NULL REFERENCES family(id),
  parent_id     INTEGER REFERENCES document(id),
  path          BLOB NOT NULL,       -- inside its family: '' for the parent, 'report.pdf', 'a.zip!/b.txt'
  name          TEXT NOT NULL,       -- file name for people, UTF-8
  sha256        BLOB NOT NULL,
  md5           BLOB NOT NULL,
  size          INTEGER NOT NULL,
  type_id       INTEGER NOT NULL REFERENCES media_type(id),
  extractor     TEXT NOT NULL DEFAULT '', -- '' if nothing reads its type
  extractor_version INTEGER NOT NULL DEFAULT 0,
  native_id     INTEGER REFERENCES object(id), -- NULL: in place
  text_id       INTEGER REFERENCES object(id), -- NULL: no text
  text_state    INTEGER NOT NULL,    -- 0 whole, 1 partial, 2 none
  flags         INTEGER NOT NULL DEFAULT 0,    -- hf_flag
  wrong_extension INTEGER NOT NULL DEFAULT 0,
  title         TEXT,                -- title, or subject of a message
  author        TEXT,                -- author, or sender
  review_date   INTEGER,             -- see holdfast(1), "DATES AND TIMES"
  review_offset INTEGER,             -- seconds from UTC that the document gave
  run_id        INTEGER NOT NULL REFERENCES run(id)
);
CREATE INDEX document_by_family ON document(family_id);
CREATE INDEX document_by_sha256 ON document(sha256);
-- What an object is: a family can have a hundred thousand members.
CREATE INDEX document_by_native ON document(native_id);
CREATE INDEX document_by_text ON document(text_id);
-- What searches ask of all documents at once: only those that differ from the usual are in these.
CREATE INDEX document_lacks_text ON document(text_state) WHERE text_state > 0;
CREATE INDEX document_flagged ON document(flags) WHERE flags <> 0;
CREATE INDEX document_child ON document(parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE document_meta (
  document_id INTEGER NOT NULL REFERENCES document(id),
  position    INTEGER NOT NULL,
  key         TEXT NOT NULL,         -- hf_extract_meta_name
  value       TEXT NOT NULL,
  PRIMARY KEY (document_id, position)
) WITHOUT ROWID;
CREATE INDEX document_meta_message_id ON document_meta(value) WHERE key = 'message-id';

-- One place where a family was found. An instance that is equal by recipe only has its own bytes.
CREATE TABLE instance (
  id             INTEGER PRIMARY KEY,
  family_id      INTEGER NOT NULL REFERENCES family(id),
  source_file_id INTEGER NOT NULL REFERENCES source_file(id),
  path_inside    BLOB NOT NULL,      -- 'mail/2001.zip!/inbox.mbox!/000001.eml'; '' if the file itself
  sha256         BLOB NOT NULL,      -- of the parent's bytes at this place
  native_id      INTEGER REFERENCES object(id), -- own bytes; NULL: the family's
  modified       INTEGER,            -- that the file system or container gave
  renamed        INTEGER NOT NULL DEFAULT 0, -- 1: its name is not the one that the index knows, the first instance's
  first_run      INTEGER NOT NULL REFERENCES run(id),
  last_run       INTEGER NOT NULL REFERENCES run(id),
  gone_run       INTEGER REFERENCES run(id)
);
CREATE INDEX instance_renamed ON instance(id) WHERE renamed = 1;
CREATE INDEX instance_by_family ON instance(family_id);
CREATE INDEX instance_by_source ON instance(source_file_id, path_inside, family_id);
CREATE INDEX instance_by_sha256 ON instance(sha256);

-- A place that was opened: an archive or a mail store. Its own balance; hash instead of bytes.
CREATE TABLE container (
  id             INTEGER PRIMARY KEY,
  source_file_id INTEGER NOT NULL REFERENCES source_file(id),
  path_inside    BLOB NOT NULL,
  type_id        INTEGER NOT NULL REFERENCES media_type(id),
  sha256         BLOB NOT NULL,
  size           INTEGER NOT NULL,
  members        INTEGER NOT NULL,   -- directly inside
  whole          INTEGER NOT NULL,   -- 0: something of it could not be read
  run_id         INTEGER NOT NULL REFERENCES run(id),
  UNIQUE (source_file_id, path_inside)
);
CREATE INDEX container_by_sha256 ON container(sha256);

-- What could not be processed. document_id is set where there is a document to it.
CREATE TABLE exception (
  id             INTEGER PRIMARY KEY,
  run_id         INTEGER NOT NULL REFERENCES run(id),
  source_id      INTEGER REFERENCES source(id),
  source_file_id INTEGER REFERENCES source_file(id),
  document_id    INTEGER REFERENCES document(id),
  path           BLOB NOT NULL,      -- full, as `--format paths` prints it
  stage          TEXT NOT NULL,
  reason         TEXT NOT NULL,      -- hf_error_item_name
  detail         TEXT NOT NULL,
  extractor      TEXT NOT NULL DEFAULT '',
  extractor_version INTEGER NOT NULL DEFAULT 0,
  state          TEXT NOT NULL DEFAULT 'open', -- open, resolved, replaced, waived
  created        INTEGER NOT NULL,
  closed         INTEGER,
  closed_by      TEXT,
  closed_reason  TEXT
);
CREATE INDEX exception_by_document ON exception(document_id);
CREATE INDEX exception_by_source_file ON exception(source_file_id);
CREATE INDEX exception_open ON exception(id) WHERE state = 'open';
CREATE INDEX exception_open_document ON exception(reason, document_id) WHERE state = 'open';

-- Left out by a setting, with the setting's name: counted in the balance of its run. Source, folder, name and path inside
-- say which place it is, so that the same one in two runs is counted once.
CREATE TABLE exclusion (
  run_id       INTEGER NOT NULL REFERENCES run(id),
  path         BLOB NOT NULL,        -- full, as `--format paths` prints it
  why          TEXT NOT NULL,        -- 'exclude "*.tmp"', 'known file', 'max-size'
  source_id    INTEGER NOT NULL REFERENCES source(id),
  folder       BLOB NOT NULL,        -- as folder.path
  name         BLOB NOT NULL,        -- as source_file.name; '' a whole folder
  path_inside  BLOB NOT NULL,
  custodian_id INTEGER REFERENCES custodian(id),
  size         INTEGER               -- bytes; NULL: a folder, nobody looked
);
CREATE INDEX exclusion_by_run ON exclusion(run_id, path);

-- What a run's findings came to, counted down: a row for each source that it went through, and one for each container that it
-- opened, over all that lies below. Sums of a run's source rows are the run's own numbers.
CREATE TABLE balance (
  run_id         INTEGER NOT NULL REFERENCES run(id),
  source_id      INTEGER NOT NULL REFERENCES source(id),
  source_file_id INTEGER NOT NULL,   -- 0: the source's own row
  path_inside    BLOB NOT NULL,      -- the container's; '' if the file itself is one
  sources        INTEGER NOT NULL,   -- files that the crawl saw; 0 for containers
  found          INTEGER NOT NULL,
  new            INTEGER NOT NULL,
  duplicate      INTEGER NOT NULL,
  unchanged      INTEGER NOT NULL,
  excluded       INTEGER NOT NULL,
  exception      INTEGER NOT NULL,
  PRIMARY KEY (run_id, source_id, source_file_id, path_inside)
) WITHOUT ROWID;
CREATE INDEX balance_by_file ON balance(source_file_id, path_inside) WHERE source_file_id > 0;

-- A repaired file that stands in for a document that could not be read; the original stays.
CREATE TABLE replacement (
  document_id INTEGER PRIMARY KEY REFERENCES document(id),
  object_id   INTEGER NOT NULL REFERENCES object(id),
  sha256      BLOB NOT NULL,
  md5         BLOB NOT NULL,
  size        INTEGER NOT NULL,
  type_id     INTEGER NOT NULL REFERENCES media_type(id),
  name        TEXT NOT NULL,
  reason      TEXT NOT NULL,
  created     INTEGER NOT NULL,
  actor       TEXT NOT NULL
);

-- Published index segments; document ids that lie in no segment's range are indexed again from stored text.
CREATE TABLE segment (
  id        INTEGER PRIMARY KEY,
  directory TEXT NOT NULL UNIQUE,    -- below index/
  first     INTEGER NOT NULL,
  last      INTEGER NOT NULL,
  documents INTEGER NOT NULL,
  bytes     INTEGER NOT NULL,
  words     INTEGER NOT NULL
);
-- Documents whose text changed after they were indexed (a retry, a replacement): their segment is built again.
CREATE TABLE stale_document (
  document_id INTEGER PRIMARY KEY REFERENCES document(id)
) WITHOUT ROWID;

-- Marks that reviewers put on documents. Of the tags of one group a document has at most one.
CREATE TABLE tag (
  id        INTEGER PRIMARY KEY,
  name      TEXT NOT NULL UNIQUE COLLATE NOCASE,
  exclusive TEXT COLLATE NOCASE,     -- the group's name; NULL: of no group
  documents INTEGER NOT NULL DEFAULT 0, -- that have it
  created   INTEGER NOT NULL
);
CREATE TABLE document_tag (
  tag_id      INTEGER NOT NULL REFERENCES tag(id),
  document_id INTEGER NOT NULL REFERENCES document(id),
  PRIMARY KEY (tag_id, document_id)
) WITHOUT ROWID;
CREATE INDEX document_tag_by_document ON document_tag(document_id);
-- Every change of a tag, with what chose its documents. The audit row has the same query and a digest of the ids.
CREATE TABLE tag_change (
  id        INTEGER PRIMARY KEY,
  seq       INTEGER NOT NULL REFERENCES audit(seq),
  tag_id    INTEGER NOT NULL REFERENCES tag(id),
  tag       TEXT NOT NULL,           -- its name at that time
  action    TEXT NOT NULL,           -- add, remove, rename, define
  time      INTEGER NOT NULL,
  actor     TEXT NOT NULL,
  query     TEXT,                    -- sealed (hf_vault_seal_query); NULL: a list of control numbers, or no documents at all
  family    INTEGER NOT NULL DEFAULT 0, -- 1: widened to whole families
  reason    TEXT,
  documents INTEGER NOT NULL DEFAULT 0, -- changed
  ids       BLOB                     -- which: a roaring bitmap in its portable form; NULL: none
);
CREATE INDEX tag_change_by_tag ON tag_change(tag_id);

CREATE TABLE saved_search (
  name      TEXT PRIMARY KEY COLLATE NOCASE,
  query     TEXT NOT NULL,
  matter_id INTEGER REFERENCES matter(id), -- it was saved for; NULL: the whole vault
  documents INTEGER NOT NULL,        -- found when it was saved
  created   INTEGER NOT NULL,
  actor     TEXT NOT NULL
) WITHOUT ROWID;

-- The audit log. A row is written in the transaction of the act itself and never changes; the leaf is SHA-256(0x00 || row).
CREATE TABLE audit (
  seq  INTEGER PRIMARY KEY,          -- 0, 1, 2, ... without gaps
  row  TEXT NOT NULL,                -- canonical JSON
  leaf BLOB NOT NULL
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'audit rows do not change'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'audit rows do not go'); END;
CREATE TRIGGER audit_no_gap BEFORE INSERT ON audit
  WHEN NEW.seq <> (SELECT coalesce(max(seq) + 1, 0) FROM audit)
  BEGIN SELECT RAISE(ABORT, 'audit rows have no gaps'); END;

CREATE TABLE checkpoint (
  size     INTEGER PRIMARY KEY,      -- rows covered
  root     BLOB NOT NULL,
  frontier BLOB NOT NULL,            -- the tree's right edge, to go on from
  note     TEXT NOT NULL,            -- signed, C2SP tlog-checkpoint
  created  INTEGER NOT NULL
);
