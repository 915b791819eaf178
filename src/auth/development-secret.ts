import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { explainFolderError, makeDataFolder } from '../lib/data-folder.ts'

const FILE = 'development-secret'

function readOrMake(path: string): string {
  try {
    // `wx` fails when the file exists, so that of several processes one makes it and the others read it.
    writeFileSync(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return readFileSync(path, 'utf8')
}

/**
 * The secret for tokens in development, for a Herald that only this machine can reach. It is made once and kept in the data folder, so that
 * tokens survive a restart. Only the owner of the file can read it. Throws a StartError when the folder cannot be used.
 */
export function developmentSecret(dataDir: string): string {
  makeDataFolder(dataDir)
  try {
    return readOrMake(join(dataDir, FILE))
  } catch (error) {
    throw explainFolderError(error, dataDir)
  }
}

/**
 * The key in the links to development pages that contain tokens. It is derived from the secret without revealing it. So it is the same in
 * all processes over one data folder, and after a restart.
 */
export function developmentLinkKey(secret: string): string {
  return createHmac('sha256', secret).update('links').digest('base64url').slice(0, 22)
}
