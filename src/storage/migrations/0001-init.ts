import { type Kysely, sql } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

// Integers are `bigint`: times in milliseconds need 64 bits in Postgres, and SQLite stores any size alike.

function lanes(db: Kysely<Tables>, text: TextType) {
  return [
    db.schema
      .createTable('meta')
      .addColumn('key', text, (column) => column.primaryKey())
      .addColumn('value', text, (column) => column.notNull()),
    db.schema
      .createTable('lanes')
      .addColumn('lane', text, (column) => column.primaryKey())
      .addColumn('epoch', text, (column) => column.notNull())
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .addColumn('entries', 'bigint', (column) => column.notNull())
      .addColumn('pruned', 'bigint', (column) => column.notNull())
      .addColumn('announced', 'bigint', (column) => column.notNull()),
    db.schema
      .createTable('idempotency')
      .addColumn('command', text, (column) => column.notNull())
      .addColumn('key', text, (column) => column.notNull())
      .addColumn('hash', text, (column) => column.notNull())
      .addColumn('result', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('idempotency_pk', ['command', 'key']),
    db.schema.createIndex('idempotency_age').on('idempotency').column('created_at'),
  ]
}

function notifications(db: Kysely<Tables>, text: TextType) {
  return [
    db.schema
      .createTable('notifications')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('type', text, (column) => column.notNull())
      .addColumn('category', text, (column) => column.notNull())
      .addColumn('title', text, (column) => column.notNull())
      .addColumn('body', text)
      .addColumn('data', text)
      .addColumn('actor_id', text)
      .addColumn('actor', text)
      .addColumn('action_url', text)
      .addColumn('image_url', text)
      .addColumn('priority', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('announcement', 'bigint', (column) => column.unique())
      .addColumn('excluded_user_id', text),
    db.schema
      .createIndex('notifications_actor')
      .on('notifications')
      .column('actor_id')
      .where('actor_id', 'is not', null),
    db.schema
      .createTable('inbox')
      .addColumn('user_id', text, (column) => column.notNull())
      .addColumn('notification_id', text, (column) => column.notNull())
      .addColumn('position', 'bigint', (column) => column.notNull())
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .addColumn('category', text, (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('seen_at', 'bigint')
      .addColumn('read_at', 'bigint')
      .addColumn('archived_at', 'bigint')
      .addColumn('removed_at', 'bigint')
      .addColumn('seen_revision', 'bigint')
      .addColumn('read_revision', 'bigint')
      .addColumn('archived_revision', 'bigint')
      .addPrimaryKeyConstraint('inbox_pk', ['user_id', 'notification_id']),
    db.schema.createIndex('inbox_position').unique().on('inbox').columns(['user_id', 'position']),
    db.schema.createIndex('inbox_changes').on('inbox').columns(['user_id', 'revision']),
    db.schema
      .createIndex('inbox_unread')
      .on('inbox')
      .columns(['user_id', 'category', 'position'])
      .where(sql<boolean>`read_at IS NULL AND archived_at IS NULL AND removed_at IS NULL`),
    db.schema.createIndex('inbox_recipients').on('inbox').columns(['notification_id', 'user_id']),
    db.schema
      .createIndex('inbox_expiry')
      .on('inbox')
      .column('expires_at')
      .where(sql<boolean>`expires_at IS NOT NULL AND removed_at IS NULL`),
  ]
}

function tickets(db: Kysely<Tables>, text: TextType) {
  return [
    db.schema
      .createTable('tickets')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('subject', text)
      .addColumn('status', text, (column) => column.notNull())
      .addColumn('assignee_id', text)
      .addColumn('assignee', text)
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('public_at', 'bigint', (column) => column.notNull())
      .addColumn('staff_at', 'bigint', (column) => column.notNull()),
    db.schema.createIndex('tickets_public').on('tickets').columns(['public_at', 'id']),
    db.schema.createIndex('tickets_staff').on('tickets').columns(['staff_at', 'id']),
    db.schema.createIndex('tickets_assignee').on('tickets').columns(['assignee_id', 'staff_at']),
    db.schema
      .createTable('participants')
      .addColumn('ticket_id', text, (column) => column.notNull())
      .addColumn('user_id', text, (column) => column.notNull())
      .addColumn('actor', text, (column) => column.notNull())
      .addColumn('place', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('participants_pk', ['ticket_id', 'user_id']),
    db.schema.createIndex('participants_user').on('participants').column('user_id'),
    db.schema
      .createTable('messages')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('ticket_id', text, (column) => column.notNull())
      .addColumn('author_id', text, (column) => column.notNull())
      .addColumn('author', text, (column) => column.notNull())
      .addColumn('body', text)
      .addColumn('data', text)
      .addColumn('client_message_id', text)
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('edited_at', 'bigint')
      .addColumn('deleted_at', 'bigint')
      .addColumn('public_number', 'bigint')
      .addColumn('public_revision', 'bigint')
      .addColumn('staff_number', 'bigint', (column) => column.notNull())
      .addColumn('staff_revision', 'bigint', (column) => column.notNull()),
    db.schema.createIndex('messages_public_number').unique().on('messages').columns(['ticket_id', 'public_number']),
    db.schema.createIndex('messages_staff_number').unique().on('messages').columns(['ticket_id', 'staff_number']),
    db.schema.createIndex('messages_public_changes').on('messages').columns(['ticket_id', 'public_revision']),
    db.schema.createIndex('messages_staff_changes').on('messages').columns(['ticket_id', 'staff_revision']),
    db.schema
      .createIndex('messages_client_id')
      .unique()
      .on('messages')
      .columns(['ticket_id', 'author_id', 'client_message_id']),
    db.schema.createIndex('messages_author').on('messages').column('author_id'),
    db.schema
      .createTable('ticket_reads')
      .addColumn('ticket_id', text, (column) => column.notNull())
      .addColumn('user_id', text, (column) => column.notNull())
      .addColumn('audience', text, (column) => column.notNull())
      .addColumn('number', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('ticket_reads_pk', ['ticket_id', 'user_id', 'audience']),
    db.schema.createIndex('ticket_reads_user').on('ticket_reads').column('user_id'),
  ]
}

function presence(db: Kysely<Tables>, text: TextType) {
  return [
    db.schema
      .createTable('last_seen')
      .addColumn('user_id', text, (column) => column.primaryKey())
      .addColumn('at', 'bigint', (column) => column.notNull()),
  ]
}

/** The first schema. */
export async function init(db: Kysely<Tables>, text: TextType): Promise<void> {
  for (const part of [lanes, notifications, tickets, presence]) {
    for (const statement of part(db, text)) await statement.execute()
  }
}
