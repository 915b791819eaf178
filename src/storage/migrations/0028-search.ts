import { type Kysely, SqliteAdapter, sql } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** SQLite indexes a table by another one, which triggers keep up. Words that were removed stand in no part of it any more. */
const SQLITE = [
  sql`CREATE VIRTUAL TABLE search_words USING fts5(
    terms, content = 'search_texts', content_rowid = 'place', tokenize = 'ascii', detail = none, columnsize = 0
  )`,
  sql`INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1)`,
  sql`CREATE TRIGGER search_added AFTER INSERT ON search_texts BEGIN
    INSERT INTO search_words (rowid, terms) VALUES (new.place, new.terms);
  END`,
  sql`CREATE TRIGGER search_removed AFTER DELETE ON search_texts BEGIN
    INSERT INTO search_words (search_words, rowid, terms) VALUES ('delete', old.place, old.terms);
  END`,
  sql`CREATE TRIGGER search_changed AFTER UPDATE OF terms ON search_texts BEGIN
    INSERT INTO search_words (search_words, rowid, terms) VALUES ('delete', old.place, old.terms);
    INSERT INTO search_words (rowid, terms) VALUES (new.place, new.terms);
  END`,
]

/** Postgres indexes a column of its own. Stored, since to make it of the terms for each row that is looked at takes longer than all else. */
const POSTGRES = [
  sql`ALTER TABLE search_texts ADD COLUMN words tsvector
    GENERATED ALWAYS AS (array_to_tsvector(string_to_array(terms, ' '))) STORED`,
  // Without a list of what is to be indexed later, which each search would have to read.
  sql`CREATE INDEX search_words ON search_texts USING gin (words) WITH (fastupdate = off)`,
]

/** The words of messages and subjects, and an index of them. */
export async function search(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('search_texts')
    .addColumn('place', db.getExecutor().adapter instanceof SqliteAdapter ? 'integer' : 'bigint', (column) =>
      column.primaryKey(),
    )
    .addColumn('id', text, (column) => column.notNull().unique())
    .addColumn('ticket_id', text, (column) => column.notNull())
    .addColumn('message_id', text)
    .addColumn('terms', text, (column) => column.notNull())
    .execute()
  for (const statement of db.getExecutor().adapter instanceof SqliteAdapter ? SQLITE : POSTGRES) {
    await statement.execute(db)
  }
}
