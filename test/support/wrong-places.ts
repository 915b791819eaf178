import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { onTestFinished } from 'vitest'
import { tempFolder } from './temp.ts'
import type { Case, Wrong } from './wrong-configurations.ts'

/** Has a port taken by another program. */
export async function takenPort(): Promise<Wrong> {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const sentence = `PORT ${port} on 127.0.0.1 is used by another program (EADDRINUSE). Stop that, or set PORT to another one.`
  return { env: { PORT: String(port) }, sentence }
}

const ELSEWHERE = 'Set HOST to 127.0.0.1 for this machine alone, to 0.0.0.0 for all, or to an address of this machine.'

/** Addresses at which Herald cannot listen. */
export const ADDRESSES: readonly Case[] = [
  ['a port that is taken', takenPort],
  [
    'an address of another machine',
    () => ({
      env: { HOST: '192.0.2.1' },
      sentence: `HOST 192.0.2.1 is no address of this machine (EADDRNOTAVAIL). ${ELSEWHERE}`,
    }),
  ],
  [
    'a name that nobody knows',
    () => ({
      env: { HOST: 'nowhere.invalid' },
      sentence:
        /^HOST nowhere\.invalid is no name that this machine knows( now)? \((ENOTFOUND|EAI_AGAIN)\)\. Set HOST to 127\.0\.0\.1 .*\.\n$/,
    }),
  ],
]

/** A folder with a database file, which `spoil` makes unusable. */
function withFile(spoil: (file: string) => void, sentence: string) {
  return (): Wrong => {
    const folder = tempFolder()
    const file = join(folder, 'herald.db')
    spoil(file)
    return { env: { DATA_DIR: folder }, sentence: `The database file ${file} ${sentence}` }
  }
}

function inDatabase(statements: string) {
  return (file: string): void => {
    const database = new DatabaseSync(file)
    database.exec(statements)
    database.close()
  }
}

/** Places in which it cannot keep its database. */
export const FOLDERS: readonly Case[] = [
  [
    'a file for a folder',
    () => {
      const file = join(tempFolder(), 'data')
      writeFileSync(file, '')
      return { env: { DATA_DIR: file }, sentence: `DATA_DIR ${file} is a file (EEXIST). Set DATA_DIR to a folder.` }
    },
  ],
  [
    'a folder below a file',
    () => {
      const file = join(tempFolder(), 'data')
      writeFileSync(file, '')
      return {
        env: { DATA_DIR: join(file, 'deeper') },
        sentence: `DATA_DIR ${join(file, 'deeper')} is a file or lies below one (ENOTDIR). Set DATA_DIR to a folder.`,
      }
    },
  ],
  [
    'a folder that cannot be made',
    () => ({
      env: { DATA_DIR: '/proc/herald' },
      sentence:
        'DATA_DIR /proc/herald cannot be made there (ENOENT). Set DATA_DIR to a folder that this user can write, or give it the right to.',
    }),
  ],
  [
    'a text for a database',
    withFile(
      (file) => writeFileSync(file, 'This is no database, and longer than a header of one. '.repeat(20)),
      'is no database of SQLite. Move it away, or set another DATA_DIR.',
    ),
  ],
  [
    'a folder for a database',
    withFile(
      (file) => mkdirSync(file),
      'cannot be opened. See that it and its folder can be written by this user, or set another DATA_DIR.',
    ),
  ],
  [
    'a database of another program',
    withFile(
      inDatabase('CREATE TABLE photos (id INTEGER)'),
      "belongs to another program: none of its tables is Herald's. Move it away, or set another DATA_DIR.",
    ),
  ],
  [
    'a database whose migrations are of another program',
    withFile(
      inDatabase("CREATE TABLE migrations (name TEXT); INSERT INTO migrations VALUES ('2019_users')"),
      'belongs to another program: its table migrations is not that of Herald. Set another one.',
    ),
  ],
  [
    'a database of a newer Herald',
    withFile(
      inDatabase("CREATE TABLE migrations (name TEXT); INSERT INTO migrations VALUES ('0001-init'), ('9999-later')"),
      'was migrated by a newer Herald (it has 9999-later). Start that version, or restore a backup from before.',
    ),
  ],
]
