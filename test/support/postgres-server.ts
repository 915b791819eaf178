import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { owner, requireBinaries } from './postgres-binaries.ts'

/** A Postgres of the tests' own, in a temporary folder. */
export interface PostgresServer {
  /** Of its superuser and its first database. */
  readonly url: string
  /** Ends it as the signal does: INT politely, QUIT at once and without tidying up. */
  kill(signal: 'INT' | 'QUIT'): Promise<void>
  /** Starts it again, on the same port and with the same data. */
  start(): Promise<void>
  /** Another server with a copy of its data as they are now: a standby that receives of nothing later, promoted. */
  fork(): Promise<PostgresServer>
  /** Ends it and removes its data. */
  close(): Promise<void>
}

export interface ServerOptions {
  /** Commits reach the disk before they are acknowledged; costs time. */
  readonly isDurable?: boolean
}

const READY_TIMEOUT_MS = 60_000
const HASTY = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'shared_buffers=64MB',
]

// A language whose order is not bytewise, so that the tests find whoever relies on the order of the database.
const INITDB = [
  '-U',
  'herald',
  '-A',
  'trust',
  '-E',
  'UTF8',
  '--no-sync',
  '--locale=C',
  '--locale-provider=icu',
  '--icu-locale=en-US',
]

// The shell ends the server and removes the folder when its standard input closes, so that nothing stays behind, however the
// tests end. A line on it is a signal to end the server with and to leave the folder.
const GUARD = `
  exec 2>> "$0/log"
  "$@" &
  read -r signal
  kill "-\${signal:-QUIT}" "$!"
  wait
  [ -n "$signal" ] || rm -rf "$0"`

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  )
}

/** Makes a standby of a running server, as a base backup does (Postgres, section 26.3.3). */
async function copyData(url: string, from: string, to: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`SELECT pg_backup_start('copy', true)`)
    const data = join(to, 'data')
    cpSync(join(from, 'data'), data, { recursive: true })
    const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)')
    cpSync(join(from, 'data/pg_wal'), join(data, 'pg_wal'), { recursive: true })
    rmSync(join(data, 'postmaster.pid'), { force: true })
    writeFileSync(join(data, 'backup_label'), rows[0].labelfile)
    writeFileSync(join(data, 'standby.signal'), '')
    if (owner.uid !== undefined) execFileSync('chown', ['-R', `${owner.uid}:${owner.gid}`, data])
    chmodSync(data, 0o700)
  } finally {
    await client.end()
  }
}

async function promote(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('SELECT pg_promote()')
  } finally {
    await client.end()
  }
}

interface Running {
  readonly shell: ChildProcessByStdio<Writable, null, null>
  readonly ended: Promise<unknown>
}

async function run(folder: string, command: readonly string[], url: string): Promise<Running> {
  // A session of its own: Ctrl-C reaches the tests alone, and they end the server.
  const shell = spawn('sh', ['-c', GUARD, folder, ...command], {
    ...owner,
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const ended = once(shell, 'exit')
  const deadline = Date.now() + READY_TIMEOUT_MS
  while (!(await answers(url))) {
    if (Date.now() > deadline) throw new Error(`Postgres does not start:\n${readFileSync(join(folder, 'log'), 'utf8')}`)
    await setTimeout(50)
  }
  return { shell, ended }
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'herald-postgres-'))
  chmodSync(folder, 0o755)
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid)
  return folder
}

/** Runs what is in the folder, until it is closed. */
async function serve(folder: string, isDurable: boolean): Promise<PostgresServer> {
  const port = await freePort()
  const url = `postgres://herald@127.0.0.1:${port}/postgres`
  const settings = [...SETTINGS, `port=${port}`, ...(isDurable ? [] : HASTY)].flatMap((setting) => ['-c', setting])
  const binaries = requireBinaries(folder)
  const start = () => run(folder, [join(binaries, 'postgres'), '-D', join(folder, 'data'), ...settings], url)
  let running = await start()

  return {
    url,
    kill: async (signal) => {
      running.shell.stdin.end(`${signal}\n`)
      await running.ended
    },
    start: async () => {
      running = await start()
    },
    fork: async () => {
      const copy = makeFolder()
      await copyData(url, folder, copy)
      const server = await serve(copy, isDurable)
      await promote(server.url)
      return server
    },
    close: async () => {
      running.shell.stdin.end()
      await running.ended
    },
  }
}

/** Makes a database server and starts it. Close it to end it; it also ends when this process does. */
export async function openPostgresServer({ isDurable = false }: ServerOptions = {}): Promise<PostgresServer> {
  const folder = makeFolder()
  execFileSync(join(requireBinaries(folder), 'initdb'), ['-D', join(folder, 'data'), ...INITDB], {
    ...owner,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return serve(folder, isDurable)
}
