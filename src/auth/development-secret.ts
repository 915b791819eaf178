import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FILE = 'development-secret'

const readOrMake = (path: string): string => {
  try {
    // `wx` fails when the file exists, so that of several processes one makes it and the others read it.
    writeFileSync(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return readFileSync(path, 'utf8')
}

/**
 * The secret for tokens of a Herald that only this machine can reach: made once and kept in the data folder, so that tokens
 * survive a restart. Readable by its owner only.
 */
export const developmentSecret = (dataDir: string): string => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  return readOrMake(join(dataDir, FILE))
}
