-- In the SQL that SQLite and PostgreSQL share. Times are milliseconds since 1970; *_sealed columns are ciphertext.
-- Whatever belongs to a workspace or tenant carries its platform and tenant, so that it can be deleted with it.

CREATE TABLE setting (
  platform TEXT NOT NULL,
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (platform, tenant, name)
);

CREATE TABLE installation (
  platform TEXT NOT NULL,
  tenant TEXT NOT NULL,
  installation_sealed TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (platform, tenant)
);

CREATE TABLE claim (
  name TEXT PRIMARY KEY,
  until BIGINT NOT NULL
);
CREATE INDEX claim_until ON claim (until);

CREATE TABLE instance (
  id TEXT PRIMARY KEY,
  beat BIGINT NOT NULL
);

-- state: taken, answering, done
CREATE TABLE delivery (
  platform TEXT NOT NULL,
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  instance TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt BIGINT NOT NULL,
  note_sealed TEXT,
  shown TEXT,
  taken_at BIGINT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (platform, tenant, name)
);
CREATE INDEX delivery_until ON delivery (until);
CREATE INDEX delivery_open ON delivery (platform, taken_at) WHERE state <> 'done';

CREATE TABLE kept_answer (
  platform TEXT NOT NULL,
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  asker TEXT NOT NULL,
  answer TEXT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (platform, tenant, name)
);
CREATE INDEX kept_answer_until ON kept_answer (until);

-- As rate-limiter-flexible wants it.
CREATE TABLE rate_limit (
  key TEXT PRIMARY KEY,
  points BIGINT NOT NULL,
  expire BIGINT
);
CREATE INDEX rate_limit_expire ON rate_limit (expire);

-- What is watched, once for all who watch it. kind: domain, address
CREATE TABLE watch_target (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  -- the known state that the next check is compared with, and a change that waits for its confirmation
  known TEXT,
  suspected TEXT,
  checked_at BIGINT,
  -- since when it could not be checked at all
  unknown_since BIGINT,
  next_check_at BIGINT NOT NULL,
  PRIMARY KEY (kind, name)
);
CREATE INDEX watch_target_next ON watch_target (next_check_at);

-- Who watches it. every: daily, hourly
CREATE TABLE watch (
  id TEXT PRIMARY KEY,
  platform TEXT NOT NULL,
  tenant TEXT NOT NULL,
  conversation TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  every TEXT NOT NULL,
  way_back_sealed TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (platform, tenant, conversation, kind, name)
);
CREATE INDEX watch_by_target ON watch (kind, name);

-- What a watch has to say. state: waiting, posting. A posted one is deleted.
CREATE TABLE notice (
  id TEXT PRIMARY KEY,
  platform TEXT NOT NULL,
  tenant TEXT NOT NULL,
  conversation TEXT NOT NULL,
  way_back_sealed TEXT NOT NULL,
  answer TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX notice_next ON notice (next_at);
CREATE INDEX notice_by_place ON notice (platform, tenant, conversation);
