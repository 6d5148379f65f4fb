import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** As fauxqs makes it, but a NULL of the receive count becomes 0. */
const MESSAGES = `
CREATE TABLE IF NOT EXISTS sqs_messages (
  message_id TEXT PRIMARY KEY,
  queue_name TEXT NOT NULL REFERENCES sqs_queues(name) ON DELETE CASCADE,
  body TEXT NOT NULL,
  md5_of_body TEXT NOT NULL,
  message_attributes TEXT NOT NULL,
  md5_of_message_attributes TEXT NOT NULL,
  sent_timestamp INTEGER NOT NULL,
  approximate_receive_count INTEGER NOT NULL ON CONFLICT REPLACE DEFAULT 0,
  approximate_first_receive_timestamp INTEGER,
  delay_until INTEGER,
  message_group_id TEXT,
  message_deduplication_id TEXT,
  sequence_number TEXT,
  receipt_handle TEXT,
  visibility_deadline INTEGER
)`;

/**
 * Makes a folder of fauxqs 2.4.1 usable for us; call it before the server starts.
 *
 * - A message that is given back (visibility 0) has its receive count set to NULL, which the server's own table refuses: the
 *   call fails and the message is gone until the next start. So the table is made here first, with a default instead.
 * - What was in flight when the server ended is visible at the next start: whoever held it may be gone, and a message that
 *   comes twice costs one refused claim.
 */
export function mendDatabase(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true });
  const database = new DatabaseSync(join(dataDir, "fauxqs.db"), { enableForeignKeyConstraints: false });
  try {
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(MESSAGES);
    database.exec("UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL");
  } finally {
    database.close();
  }
}
