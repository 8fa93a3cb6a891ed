-- Only in SQLite: with PostgreSQL, pg-boss has tables of its own. Times are milliseconds since 1970.

-- due_at: when it may be run; while it runs, when its runner's lease ends and another may run it
CREATE TABLE job (
  queue TEXT NOT NULL,
  key TEXT NOT NULL,
  data TEXT NOT NULL,
  due_at BIGINT NOT NULL,
  runner TEXT,
  attempts BIGINT NOT NULL,
  PRIMARY KEY (queue, key)
);
CREATE INDEX job_due ON job (queue, due_at);
